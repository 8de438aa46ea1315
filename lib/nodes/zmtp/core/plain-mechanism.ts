import { timingSafeEqual } from 'node:crypto';
import { type Command, readShortText, shortText, writeCommand } from './command.js';
import type { Mechanism, MechanismKind, MechanismStep } from './mechanism.js';
import { ProtocolError } from './protocol-error.js';

/** What a client proves itself with. Each has at most 255 bytes. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * A name and a password in clear text (24/ZMTP-PLAIN):
 *
 * ```text
 *   client ── HELLO name, password ──▶ server
 *          ◀──────── WELCOME ─────────
 *          ── INITIATE metadata ─────▶
 *          ◀──── READY metadata ──────
 * ```
 *
 * @param credentials the client's own; those that a server asks for
 */
export function plainMechanism(credentials: Credentials, isServer: boolean): MechanismKind {
  return {
    name: 'PLAIN',
    isServer,
    create: (metadata) =>
      isServer ? new PlainServer(credentials, metadata) : new PlainClient(credentials, metadata),
  };
}

class PlainClient implements Mechanism {
  private expected: 'WELCOME' | 'READY' = 'WELCOME';

  constructor(
    private readonly credentials: Credentials,
    private readonly metadata: Buffer,
  ) {}

  begin(): Buffer {
    return writeCommand('HELLO', helloOf(this.credentials));
  }

  receive({ name, data }: Command): MechanismStep {
    expectCommand(name, this.expected);
    if (this.expected === 'READY') {
      return { metadata: data };
    }
    this.expected = 'READY';
    return { reply: writeCommand('INITIATE', this.metadata) };
  }
}

class PlainServer implements Mechanism {
  private expected: 'HELLO' | 'INITIATE' = 'HELLO';

  constructor(
    private readonly credentials: Credentials,
    private readonly metadata: Buffer,
  ) {}

  begin(): undefined {
    return undefined;
  }

  receive({ name, data }: Command): MechanismStep {
    expectCommand(name, this.expected);
    if (this.expected === 'INITIATE') {
      return { reply: writeCommand('READY', this.metadata), metadata: data };
    }
    this.authenticate(data);
    this.expected = 'INITIATE';
    return { reply: writeCommand('WELCOME') };
  }

  private authenticate(hello: Buffer): void {
    const name = readShortText(hello, 0);
    const password = readShortText(hello, name.end);
    const right = helloOf(this.credentials);
    if (password.end !== hello.length || !isEqual(hello, right)) {
      // The status of a failed authentication (27/ZAP).
      throw new ProtocolError('the other side has a wrong name or password', '400');
    }
  }
}

function helloOf({ username, password }: Credentials): Buffer {
  return Buffer.concat([shortText(username), shortText(password)]);
}

/** Compares without telling by its time how much is right. */
function isEqual(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

function expectCommand(name: string, expected: string): void {
  if (name !== expected) {
    throw new ProtocolError(`the handshake has another command than ${expected}`);
  }
}
