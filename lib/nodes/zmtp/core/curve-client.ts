import type { Command } from './command.js';
import { writeCommand } from './command.js';
import { type KeyPair, KEY_SIZE, makeKeyPair, openBox, sealBox, sharedKey } from './curve-box.js';
import { CurveMessages } from './curve-message.js';
import {
  LONG_NONCE,
  NonceCheck,
  NonceCounter,
  SHORT_NONCE,
  longNonce,
  nonceOf,
} from './curve-nonce.js';
import type { Mechanism, MechanismStep } from './mechanism.js';
import { AuthenticationError, ProtocolError } from './protocol-error.js';

/** "The two octets 1 and 0", and the padding by which HELLO is larger than WELCOME. */
export const HELLO_START: Buffer = Buffer.concat([Buffer.of(1, 0)], 2 + 72);

/** What the signature of a HELLO holds. */
export const HELLO_TEXT: Buffer = Buffer.alloc(64);

/** The size of the data of a WELCOME. */
const WELCOME_SIZE = 160;

/** The permanent keys of a client, and of the server that it talks to. */
export interface ClientKeys extends KeyPair {
  readonly serverKey: Uint8Array;
}

/**
 * What a client waits for (26/CURVEZMQ).
 *
 * ```text
 *            WELCOME         READY
 *   welcome ─────────▶ ready ─────▶ done
 * ```
 *
 * - `welcome`: HELLO is sent.
 * - `ready`: INITIATE is sent. The server has proven who it is.
 * - `done`: so has this side.
 */
type State =
  | { readonly name: 'welcome' | 'done' }
  | { readonly name: 'ready'; readonly key: Uint8Array };

/** The client's side of CURVE, for one connection. */
export class CurveClient implements Mechanism {
  private state: State = { name: 'welcome' };
  private readonly transient = makeKeyPair();
  private readonly nonces = new NonceCounter();

  constructor(
    private readonly keys: ClientKeys,
    private readonly metadata: Buffer,
  ) {}

  get advice(): string {
    return this.state.name === 'welcome'
      ? 'is the serverKey of this side the public key of that server?'
      : 'does that server allow the public key of this side, and has no other key its identity?';
  }

  /** HELLO: version, padding, C', nonce, Box [64 * %x0](C'->S). */
  begin(): Buffer {
    const { publicKey, secretKey } = this.transient;
    const nonce = this.nonces.write(Buffer.alloc(SHORT_NONCE), 0);
    const key = sharedKey(this.keys.serverKey, secretKey);
    const box = sealBox(HELLO_TEXT, nonceOf('CurveZMQHELLO---', nonce), key);
    return writeCommand('HELLO', HELLO_START, publicKey, nonce, box);
  }

  receive({ name, data }: Command): MechanismStep {
    const { state } = this;
    if (state.name === 'welcome' && name === 'WELCOME') {
      return this.welcome(data);
    }
    if (state.name === 'ready' && name === 'READY') {
      return this.ready(data, state.key);
    }
    throw new ProtocolError(
      name === 'HELLO'
        ? 'both sides are clients of CURVE: one of them must be its server'
        : `the handshake has another command than ${state.name.toUpperCase()}`,
    );
  }

  /** WELCOME: nonce, Box [S' + cookie](S->C'). */
  private welcome(data: Buffer): MechanismStep {
    const nonce = nonceOf('WELCOME-', data.subarray(0, LONG_NONCE));
    const key = sharedKey(this.keys.serverKey, this.transient.secretKey);
    const text =
      data.length === WELCOME_SIZE ? openBox(data.subarray(LONG_NONCE), nonce, key) : undefined;
    if (!text) {
      throw new AuthenticationError('the other side does not have the secret of the serverKey');
    }
    const theirs = text.subarray(0, KEY_SIZE);
    const cookie = text.subarray(KEY_SIZE);
    const ready = sharedKey(theirs, this.transient.secretKey);
    this.state = { name: 'ready', key: ready };
    return { reply: this.initiate(cookie, ready, this.vouch(theirs)) };
  }

  /** INITIATE: cookie, nonce, Box [C + vouch + metadata](C'->S'). */
  private initiate(cookie: Buffer, key: Uint8Array, vouch: Buffer): Buffer {
    const nonce = this.nonces.write(Buffer.alloc(SHORT_NONCE), 0);
    const text = Buffer.concat([this.keys.publicKey, vouch, this.metadata]);
    const box = sealBox(text, nonceOf('CurveZMQINITIATE', nonce), key);
    return writeCommand('INITIATE', cookie, nonce, box);
  }

  /** The vouch: nonce, Box [C',S](C->S'). */
  private vouch(theirs: Buffer): Buffer {
    const { serverKey, secretKey } = this.keys;
    const nonce = longNonce();
    const text = Buffer.concat([this.transient.publicKey, serverKey]);
    const key = sharedKey(theirs, secretKey);
    return Buffer.concat([nonce, sealBox(text, nonceOf('VOUCH---', nonce), key)]);
  }

  /** READY: nonce, Box [metadata](S'->C'). */
  private ready(data: Buffer, key: Uint8Array): MechanismStep {
    const theirs = new NonceCheck();
    const nonce = data.subarray(0, SHORT_NONCE);
    const metadata =
      nonce.length < SHORT_NONCE
        ? undefined
        : openBox(data.subarray(SHORT_NONCE), nonceOf('CurveZMQREADY---', nonce), key);
    if (!metadata) {
      throw new ProtocolError('READY cannot be decrypted');
    }
    theirs.take(nonce);
    this.state = { name: 'done' };
    const protection = new CurveMessages({ isServer: false, key, ours: this.nonces, theirs });
    return { metadata, protection };
  }
}
