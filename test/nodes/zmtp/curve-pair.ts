import { randomBytes } from 'node:crypto';
import { type KeyPair, makeKeyPair } from '../../../lib/nodes/zmtp/core/curve-box.js';
import {
  curveClientMechanism,
  curveServerMechanism,
} from '../../../lib/nodes/zmtp/core/curve-mechanism.js';
import { MessageWriter } from '../../../lib/nodes/zmtp/core/message-writer.js';
import { AuthenticationError } from '../../../lib/nodes/zmtp/core/protocol-error.js';
import type { Session, SessionOptions } from '../../../lib/nodes/zmtp/core/session.js';
import type { SessionEvent } from '../../../lib/nodes/zmtp/core/session-event.js';
import { drain, sessionWith } from './wire.js';

/** The commands of a handshake, in their order. */
export type HandshakeCommand = 'HELLO' | 'WELCOME' | 'INITIATE' | 'READY';

/** Changes the bytes of a whole frame on its way. */
export type Alter = (frame: Buffer) => Buffer;

/** What differs from a handshake that succeeds. */
export interface PairOptions {
  /** What the client takes for the key of the server. */
  readonly serverKey?: Uint8Array;
  readonly server?: Partial<SessionOptions>;
  readonly client?: Partial<SessionOptions>;
  /** Changes commands on their way. */
  readonly alter?: Partial<Record<HandshakeCommand, Alter>>;
  /** What the server does with a client that has proven its key. Default `'admit'`. */
  readonly decision?: 'admit' | 'refuse' | 'later';
}

/** Two sessions of CURVE, a DEALER `me` and a ROUTER, whose handshake goes as far as it can. */
export class CurvePair {
  readonly serverKeys: KeyPair = makeKeyPair();
  readonly clientKeys: KeyPair = makeKeyPair();
  readonly server: Session;
  readonly client: Session;
  readonly atServer: SessionEvent[] = [];
  readonly atClient: SessionEvent[] = [];
  /** The commands as they were sent, by their names. */
  readonly commands = new Map<string, Buffer>();

  private readonly toServer = new MessageWriter();
  private readonly toClient = new MessageWriter();

  constructor(private readonly options: PairOptions = {}) {
    const { serverKey = this.serverKeys.publicKey } = options;
    this.server = sessionWith({
      mechanism: curveServerMechanism(this.serverKeys),
      ...options.server,
    });
    this.client = sessionWith({
      type: 'DEALER',
      identity: Buffer.from('me'),
      mechanism: curveClientMechanism({ ...this.clientKeys, serverKey }),
      ...options.client,
    });
    this.server.receive(this.client.greeting);
    this.client.receive(this.server.greeting);
    this.shakeHands();
    if (this.server.protection) {
      this.toClient.protection = this.server.protection;
    }
    if (this.client.protection) {
      this.toServer.protection = this.client.protection;
    }
  }

  /** The bytes of a message, or of a command. */
  write(from: 'client' | 'server', ...frames: readonly (string | Buffer)[]): Buffer {
    const writer = from === 'client' ? this.toServer : this.toClient;
    writer.message(frames.map((frame) => Buffer.from(frame as string)));
    return Buffer.concat(writer.take());
  }

  writeCommand(from: 'client' | 'server', frame: Buffer): Buffer {
    const writer = from === 'client' ? this.toServer : this.toClient;
    writer.command(frame);
    return Buffer.concat(writer.take());
  }

  private shakeHands(): void {
    for (let isQuiet = false; !isQuiet;) {
      const fromServer = this.takeFrom(this.server, this.atServer);
      const fromClient = this.takeFrom(this.client, this.atClient);
      fromServer.forEach((frame) => this.client.receive(frame));
      fromClient.forEach((frame) => this.server.receive(frame));
      isQuiet = fromServer.length + fromClient.length === 0;
    }
  }

  /** The frames that a session wants to send. */
  private takeFrom(session: Session, events: SessionEvent[]): Buffer[] {
    const frames: Buffer[] = [];
    for (const event of drain(session)) {
      events.push(event);
      if (event.type === 'send') {
        frames.push(this.onItsWay(event.bytes));
      } else if (event.type === 'failed' && event.lastWords) {
        frames.push(event.lastWords);
      } else if (event.type === 'candidate') {
        this.decide();
        frames.push(...this.takeFrom(session, events));
      }
    }
    return frames;
  }

  private decide(): void {
    const { decision = 'admit' } = this.options;
    if (decision === 'admit') {
      this.server.admit();
    } else if (decision === 'refuse') {
      this.server.refuse(new AuthenticationError('its public key is not allowed', '400'));
    }
  }

  private onItsWay(frame: Buffer): Buffer {
    const head = frame[0] === 4 ? 2 : 9;
    const name = frame.toString('latin1', head + 1, head + 1 + frame[head]!);
    this.commands.set(name, Buffer.from(frame));
    return this.options.alter?.[name as HandshakeCommand]?.(frame) ?? frame;
  }
}

/** Changes one byte of a frame. @param at where, from the end where it is negative */
export function changing(at: number): Alter {
  return (frame) => {
    const changed = Buffer.from(frame);
    changed[(at + frame.length) % frame.length]! ^= 1;
    return changed;
  };
}

/** Puts other bytes into a frame. */
export function putting(at: number, bytes: Uint8Array): Alter {
  return (frame) => {
    const changed = Buffer.from(frame);
    changed.set(bytes, at);
    return changed;
  };
}

/** Makes a frame a byte longer or shorter. Its size has one byte. */
export function resizing(by: 1 | -1): Alter {
  return (frame) => {
    const changed = by > 0 ? Buffer.concat([frame, randomBytes(1)]) : frame.subarray(0, by);
    const resized = Buffer.from(changed);
    const sizeAt = frame[0] === 4 ? 1 : 8;
    resized[sizeAt]! += by;
    return resized;
  };
}
