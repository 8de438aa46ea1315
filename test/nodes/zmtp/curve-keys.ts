import { curveKeyPair } from 'zeromq';
import type {
  AuthenticatedPeer,
  CurveClientSecurity,
  CurveServerSecurity,
} from '../../../lib/nodes/security.js';

/** A key pair of CURVE, as bytes and as Z85. */
export interface TestKeys {
  readonly publicKey: Buffer;
  readonly secretKey: Buffer;
  readonly publicText: string;
  readonly secretText: string;
}

const DIGITS =
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** The bytes of a text in Z85 (32/Z85). */
function z85(text: string): Buffer {
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let at = 0; at < text.length; at += 5) {
    const word = Array.from(text.slice(at, at + 5)).reduce(
      (sum, digit) => sum * 85 + DIGITS.indexOf(digit),
      0,
    );
    bytes.writeUInt32BE(word, (at / 5) * 4);
  }
  return bytes;
}

/** Makes keys. */
export function newKeys(): TestKeys {
  const { publicKey, secretKey } = curveKeyPair();
  return {
    publicKey: z85(publicKey),
    secretKey: z85(secretKey),
    publicText: publicKey,
    secretText: secretKey,
  };
}

/** A server's security that lets in who is in a map from names to keys, which a test may change. */
export class TestServer implements CurveServerSecurity {
  readonly mechanism = 'curve';
  readonly role = 'server';
  readonly publicKey: Buffer;
  readonly secretKey: Buffer;
  /** From where those came that were asked for. */
  readonly addresses: string[] = [];
  /** What an answer waits for, once it is known. */
  answering: () => Promise<void> = () => Promise.resolve();

  private readonly listeners = new Set<() => void>();

  constructor(
    readonly keys: TestKeys,
    readonly allowed: Map<string, TestKeys>,
  ) {
    this.publicKey = keys.publicKey;
    this.secretKey = keys.secretKey;
  }

  async authorize(
    publicKey: Buffer,
    remoteAddress: string,
  ): Promise<AuthenticatedPeer | undefined> {
    this.addresses.push(remoteAddress);
    const entry = [...this.allowed].find(([, keys]) => keys.publicKey.equals(publicKey));
    await this.answering();
    return entry && { name: entry[0], publicKey: entry[1].publicText };
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** How many listen to changes. */
  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Takes somebody's key from the list. */
  revoke(name: string): void {
    this.allowed.delete(name);
    this.listeners.forEach((listener) => listener());
  }
}

/** The security of a client of a server. */
export function clientOf(server: Pick<TestKeys, 'publicKey'>, keys: TestKeys): CurveClientSecurity {
  const { publicKey, secretKey } = keys;
  return { mechanism: 'curve', role: 'client', serverKey: server.publicKey, publicKey, secretKey };
}

/** A server that lets in `ada` and `bob`, and the securities of its clients. */
export function newParty(): {
  server: TestServer;
  ada: CurveClientSecurity;
  bob: CurveClientSecurity;
  adaKeys: TestKeys;
  bobKeys: TestKeys;
} {
  const [serverKeys, adaKeys, bobKeys] = [newKeys(), newKeys(), newKeys()];
  const allowed = new Map([
    ['ada', adaKeys],
    ['bob', bobKeys],
  ]);
  const server = new TestServer(serverKeys, allowed);
  const [ada, bob] = [clientOf(serverKeys, adaKeys), clientOf(serverKeys, bobKeys)];
  return { server, ada, bob, adaKeys, bobKeys };
}
