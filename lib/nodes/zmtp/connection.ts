import type { Socket } from 'node:net';
import { renderIdentity } from '../../protocol/identity.js';
import type { AuthenticatedPeer } from '../security.js';
import { placeOf } from './connection-errors.js';
import { ProtocolError } from './core/protocol-error.js';
import type { Session } from './core/session.js';
import type { CandidateEvent, SessionEvent } from './core/session-event.js';
import type { Subscription } from './core/subscription.js';
import { Delivery, type DeliveryTarget } from './delivery.js';
import { endSocket } from './end-socket.js';
import { Overdue } from './overdue.js';
import { TickWriter } from './tick-writer.js';

/** What holds for all connections of a socket. */
export interface ConnectionSettings {
  /** How many bytes may wait to be sent before a connection takes no more. */
  readonly sendMark: number;
  /** How long an attempt to connect may take, in milliseconds; 0 means no limit. */
  readonly connectTimeout: number;
  /** How long the handshake may take after that, in milliseconds; 0 means no limit. */
  readonly handshakeInterval: number;
  /** How long what was sent has to leave after the end, in milliseconds. */
  readonly linger: number;
}

/** What a connection tells. */
export interface ConnectionOwner {
  /** Somebody who has proven a key asks to come in. {@link Connection.admit} or `refuse` follows. */
  candidate(connection: Connection, candidate: CandidateEvent): void;
  /** The handshake is done. */
  ready(connection: Connection): void;
  /** @returns how many envelopes the message held */
  message(connection: Connection, frames: Buffer[]): number;
  /** So many bytes of an unfinished message have come. */
  holds(connection: Connection, bytes: number): void;
  /** @throws {ProtocolError} where the other side asks for too much */
  subscription(connection: Connection, subscription: Subscription): void;
  /** It takes messages again. */
  writable(connection: Connection): void;
  /** It has ended by itself, and all that came before was delivered. Called once. */
  lost(connection: Connection, error: Error | undefined): void;
}

/**
 * What a connection does. Only the connection itself changes it.
 *
 * ```text
 *            handshake done        failure          socket closed
 *   opening ───────────────▶ ready ───────▶ failed ───────────────▶ closed
 *      │ │                    │ │             ▲                       ▲ ▲
 *      │ └──────── failure ───┼─┼─────────────┘                       │ │
 *      ├──────────────────────┴─┼──────────── socket closed ──────────┘ │
 *      └───────── close() ──────┴───▶ closing ──────────────────────────┘
 * ```
 *
 * - `opening`, `ready`: what comes is delivered.
 * - `failed`: the last words leave. The owner is told once the socket is closed.
 * - `closing`: what was sent leaves. The owner is not told.
 */
type State = 'opening' | 'ready' | 'failed' | 'closing' | 'closed';

/** A socket of `node:net` that speaks ZMTP: its {@link Session} knows what to say. */
export class Connection implements DeliveryTarget {
  /** The one that the other side gave; a ROUTER makes one up where it gave none. */
  identity: Buffer = Buffer.alloc(0);
  /** Who the other side has proven to be; undefined where nobody asks for that. */
  peer: AuthenticatedPeer | undefined;

  /** The IP address of the other side; empty where it has none, as with `ipc://`. */
  readonly remoteAddress: string;

  private state: State = 'opening';
  private error: Error | undefined;
  private unfinished = 0;
  private readonly delivery: Delivery;
  private readonly writer: TickWriter;
  private readonly openingTime = new Overdue(() => this.fail(this.tooSlow()));
  private readonly silence = new Overdue(() => this.fail(new Error('no sign of life')));

  constructor(
    readonly socket: Socket,
    private readonly session: Session,
    private readonly settings: ConnectionSettings,
    private readonly owner: ConnectionOwner,
  ) {
    const { sendMark, connectTimeout, handshakeInterval } = settings;
    this.remoteAddress = socket.remoteAddress ?? '';
    this.delivery = new Delivery(socket, session, this);
    this.writer = new TickWriter(socket, sendMark);
    this.openingTime.start(socket.connecting ? connectTimeout : handshakeInterval);
    socket
      .on('connect', () => this.openingTime.start(handshakeInterval))
      .on('data', (chunk: Buffer) => {
        this.silence.stop();
        this.delivery.receive(chunk);
      })
      .on('drain', () => this.state === 'ready' && owner.writable(this))
      .on('error', (error) => void (this.error ??= error))
      .on('close', () => this.delivery.closed());
    socket.write(session.greeting);
  }

  /** Who the other side is, for people. */
  get name(): string {
    const place = placeOf(this.remoteAddress);
    return this.identity.length > 0 ? `${renderIdentity(this.identity)}, ${place}` : place;
  }

  /** Whether the handshake is under way. */
  get isOpening(): boolean {
    return this.state === 'opening';
  }

  /** Whether it takes a message. Where it does not, its owner is told once it does. */
  get isWritable(): boolean {
    return this.state === 'ready' && this.writer.hasRoom;
  }

  /** Sends a message. @param frames none of which may change any more */
  send(frames: readonly Uint8Array[]): void {
    this.writer.message(frames);
  }

  /** SUB: asks for a topic, or takes that back. */
  subscribe(subscription: Subscription): void {
    this.writer.command(this.session.writeSubscription(subscription));
  }

  /** Lets a candidate in. */
  admit(peer: AuthenticatedPeer): void {
    this.peer = peer;
    this.session.admit();
    this.delivery.resume();
  }

  /** Refuses a candidate, which is told so as far as the error tells. */
  refuse(error: ProtocolError): void {
    this.session.refuse(error);
    this.delivery.resume();
  }

  /** Ends the connection at once. Its owner is told why. */
  end(error: Error): void {
    if (this.state === 'opening' || this.state === 'ready') {
      this.fail(error);
    }
  }

  /** Ends the connection once what was sent has left, or after the linger. Its owner is not told. */
  close(): void {
    this.writer.flush();
    this.leave('closing');
    endSocket(this.socket, this.settings.linger);
  }

  take(event: SessionEvent): number {
    switch (event.type) {
      case 'message':
        return this.owner.message(this, event.frames);
      case 'send':
        this.writer.bytes(event.bytes);
        return 0;
      case 'candidate':
        this.owner.candidate(this, event);
        return 0;
      case 'ready':
        this.openingTime.stop();
        this.state = 'ready';
        if (this.session.protection) {
          this.writer.protect(this.session.protection);
        }
        this.identity = event.identity;
        this.owner.ready(this);
        return 0;
      case 'ping':
        // Whoever asks without reading the answers gets no more of them.
        if (this.writer.hasRoom) {
          this.writer.command(event.pong);
        }
        this.silence.start(event.timeToLive);
        return 1;
      case 'failed':
        this.fail(event.error, event.lastWords);
        return 0;
      default:
        this.subscribed(event);
        return 1;
    }
  }

  delivered(): void {
    const { unfinished } = this.session;
    if (unfinished !== this.unfinished) {
      this.unfinished = unfinished;
      this.owner.holds(this, unfinished);
    }
  }

  ended(): void {
    const { state } = this;
    this.leave('closed');
    if (state !== 'closing' && state !== 'closed') {
      this.owner.lost(this, this.error ?? this.hangUp());
    }
  }

  /** What it may mean that the other side has closed the connection; undefined where that is nothing. */
  private hangUp(): Error | undefined {
    const { advice } = this.session;
    return advice === undefined ? undefined : new Error(`the other side hangs up; ${advice}`);
  }

  private subscribed(subscription: Subscription): void {
    try {
      this.owner.subscription(this, subscription);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private tooSlow(): Error {
    const { connectTimeout, handshakeInterval } = this.settings;
    return this.socket.connecting
      ? new Error(`connecting takes longer than ${connectTimeout} ms`)
      : new ProtocolError(`the handshake takes longer than ${handshakeInterval} ms`);
  }

  /** Gives the connection up: its owner is told once the socket is closed. */
  private fail(error: Error, lastWords?: Uint8Array): void {
    this.error ??= error;
    this.leave('failed');
    if (lastWords) {
      this.writer.bytes(lastWords);
      this.writer.flush();
      this.socket.destroySoon();
    } else {
      this.socket.destroy();
    }
  }

  private leave(state: 'failed' | 'closing' | 'closed'): void {
    this.state = state;
    this.delivery.stop();
    this.openingTime.stop();
    this.silence.stop();
  }
}
