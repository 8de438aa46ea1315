import { writeError } from './error-command.js';
import { FrameReader, type ReadLimits } from './frame-reader.js';
import { GreetingReader, writeGreeting } from './greeting.js';
import { HANDSHAKE_LIMITS, Handshake } from './handshake.js';
import type { MechanismKind } from './mechanism.js';
import { type SocketProperties, readMetadata, writeMetadata } from './metadata.js';
import { ProtocolError } from './protocol-error.js';
import type { SessionEvent } from './session-event.js';
import { type Subscription, writeSubscription } from './subscription.js';
import { Traffic } from './traffic.js';

/**
 * What a session does (37/ZMTP, "Overall Behavior").
 *
 * ```text
 *            greeting read             metadata read
 *   greeting ─────────────▶ handshake ───────────────▶ ready ──┐
 *      │                        │                       │ ▲    │ messages, PING,
 *      │                        │                       │ └────┘ SUBSCRIBE, CANCEL
 *      │      ERROR, or what breaks ZMTP or a limit     │
 *      └────────────────────────┴───────────▶ failed ◀──┘
 * ```
 *
 * - `greeting`: each side sends 64 bytes, and learns the version and the mechanism of the other.
 * - `handshake`: the mechanism exchanges commands. No message comes.
 * - `ready`: messages come, with commands between them.
 * - `failed`: nothing is read any more, and the connection must be closed.
 */
type State =
  | { readonly name: 'greeting'; readonly reader: GreetingReader }
  | { readonly name: 'handshake'; readonly handshake: Handshake }
  | { readonly name: 'ready'; readonly traffic: Traffic; readonly minor: number }
  | { readonly name: 'failed' };

/** Options of a {@link Session}. */
export interface SessionOptions extends SocketProperties {
  readonly mechanism: MechanismKind;
  /** How much may come once it is ready. */
  readonly limits: ReadLimits;
}

/**
 * One side of a connection that speaks ZMTP 3.1, without its socket: bytes go in by {@link receive},
 * and events come out by {@link next}. It has no timer: whoever has the socket limits the time of
 * the handshake.
 */
export class Session {
  /** What this side sends first. */
  readonly greeting: Buffer;

  private state: State = { name: 'greeting', reader: new GreetingReader() };
  private readonly reader = new FrameReader(HANDSHAKE_LIMITS);
  /** What comes before the traffic that is read next. */
  private readonly events: SessionEvent[] = [];

  constructor(private readonly options: SessionOptions) {
    const { name, isServer } = options.mechanism;
    this.greeting = writeGreeting(name, isServer);
  }

  /** Whether messages may be sent. */
  get isReady(): boolean {
    return this.state.name === 'ready';
  }

  /** How many bytes of an unfinished message, or of its frames' cost, have come. */
  get unfinished(): number {
    return this.reader.unfinished;
  }

  /** Takes bytes of the other side, which must not change any more. */
  receive(chunk: Buffer): void {
    const { state } = this;
    const taken = state.name === 'greeting' ? state.reader.take(chunk) : 0;
    if (state.name !== 'failed' && taken < chunk.length) {
      this.reader.push(taken === 0 ? chunk : chunk.subarray(taken));
    }
  }

  /** What is to be done next; undefined until more is received. */
  next(): SessionEvent | undefined {
    try {
      if (this.state.name === 'greeting') {
        this.meet(this.state.reader);
      }
      if (this.state.name === 'handshake') {
        this.shakeHands(this.state.handshake);
      }
      return this.events.shift() ?? this.readTraffic();
    } catch (error) {
      this.fail(error);
      return this.events.shift();
    }
  }

  /** SUB: a subscription as the other side understands it, as a whole frame. */
  writeSubscription(subscription: Subscription): Buffer {
    return writeSubscription(subscription, this.state.name === 'ready' ? this.state.minor : 1);
  }

  private meet(reader: GreetingReader): void {
    const greeting = reader.read();
    if (greeting) {
      const metadata = writeMetadata(this.options);
      const handshake = new Handshake(greeting, this.options.mechanism, metadata);
      this.state = { name: 'handshake', handshake };
      this.send(handshake.begin());
    }
  }

  private shakeHands(handshake: Handshake): void {
    for (let frame = this.reader.next(); frame; frame = this.reader.next()) {
      const { reply, metadata } = handshake.receive(frame);
      const identity = metadata && readMetadata(metadata, this.options.type);
      this.send(reply);
      if (identity) {
        const { type, limits } = this.options;
        this.state = { name: 'ready', traffic: new Traffic(type), minor: handshake.minor };
        this.reader.limits = limits;
        this.events.push({ type: 'ready', identity });
        return;
      }
    }
  }

  private readTraffic(): SessionEvent | undefined {
    const { state } = this;
    if (state.name === 'ready') {
      for (let frame = this.reader.next(); frame; frame = this.reader.next()) {
        const event = state.traffic.receive(frame);
        if (event) {
          return event;
        }
      }
    }
    return undefined;
  }

  private send(bytes: Buffer | undefined): void {
    if (bytes) {
      this.events.push({ type: 'send', bytes });
    }
  }

  /** Ends the session. During the handshake the other side is told why, unless it has said so itself. */
  private fail(error: unknown): void {
    const isTold =
      this.state.name === 'handshake' && error instanceof ProtocolError && error.status;
    this.state = { name: 'failed' };
    if (!(error instanceof ProtocolError)) {
      throw error;
    }
    this.events.push({ type: 'failed', error, lastWords: isTold ? writeError(error) : undefined });
  }
}
