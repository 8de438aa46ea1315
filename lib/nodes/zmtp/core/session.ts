import { writeError } from './error-command.js';
import { type Frame, FrameReader } from './frame-reader.js';
import { GreetingReader, writeGreeting } from './greeting.js';
import { HANDSHAKE_LIMITS, Handshake } from './handshake.js';
import type { MechanismKind, MechanismStep } from './mechanism.js';
import { type SocketProperties, readMetadata, writeMetadata } from './metadata.js';
import { ProtocolError } from './protocol-error.js';
import type { Protection } from './protection.js';
import { ProtectedFrames } from './protected-frames.js';
import { MessageBudget, type ReadLimits } from './read-budget.js';
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
 * - `handshake`: the mechanism exchanges commands, and may wait for `admit` or `refuse`. No message comes.
 * - `ready`: messages come, with commands between them.
 * - `failed`: nothing is read any more, and the connection must be closed.
 */
type State =
  | { readonly name: 'greeting'; readonly reader: GreetingReader }
  | { readonly name: 'handshake'; readonly handshake: Handshake }
  | ReadyState
  | { readonly name: 'failed' };

interface ReadyState {
  readonly name: 'ready';
  readonly traffic: Traffic;
  readonly minor: number;
  /** What protects the frames of both sides, and opens those that come; undefined where nothing does. */
  readonly protection: Protection | undefined;
  readonly opener: ProtectedFrames | undefined;
}

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

  /** What protects the frames that this side sends; undefined before it is ready, and where nothing does. */
  get protection(): Protection | undefined {
    return this.state.name === 'ready' ? this.state.protection : undefined;
  }

  /** What to look at where the other side hangs up at this point. */
  get advice(): string | undefined {
    const { state } = this;
    if (state.name === 'greeting') {
      return this.options.mechanism.advice;
    }
    return state.name === 'handshake' ? state.handshake.advice : undefined;
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

  /** Lets the candidate in. What is to be done then comes by {@link next}. */
  admit(): void {
    if (this.state.name === 'handshake') {
      this.step(this.state.handshake.admit(), this.state.handshake);
    }
  }

  /** Does not let the candidate in. */
  refuse(error: ProtocolError): void {
    if (this.state.name === 'handshake') {
      this.fail(error);
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
    while (this.state.name === 'handshake') {
      const frame = this.reader.next();
      if (!frame) {
        return;
      }
      this.step(handshake.receive(frame), handshake);
    }
  }

  private step({ reply, candidate, metadata, protection }: MechanismStep, of: Handshake): void {
    const { type, limits } = this.options;
    const said = candidate?.metadata ?? metadata;
    const identity = said && readMetadata(said, type);
    this.send(reply);
    if (candidate && identity) {
      this.events.push({ type: 'candidate', publicKey: candidate.publicKey, identity });
    } else if (identity) {
      const opener = protection && new ProtectedFrames(protection, limits);
      const traffic = new Traffic(type);
      this.reader.budget = opener ?? new MessageBudget(limits);
      this.state = { name: 'ready', traffic, minor: of.minor, protection, opener };
      this.events.push({ type: 'ready', identity });
    }
  }

  private readTraffic(): SessionEvent | undefined {
    const { state } = this;
    if (state.name === 'ready') {
      for (let frame = this.open(state); frame; frame = this.open(state)) {
        const event = state.traffic.receive(frame);
        if (event) {
          return event;
        }
      }
    }
    return undefined;
  }

  /** The next frame, without its protection. */
  private open({ opener }: ReadyState): Frame | undefined {
    const frame = this.reader.next();
    return frame && opener ? opener.open(frame) : frame;
  }

  private send(bytes: Buffer | undefined): void {
    if (bytes) {
      this.events.push({ type: 'send', bytes });
    }
  }

  /** Ends the session. During the handshake the other side is told why, unless it has said so itself. */
  private fail(error: unknown): void {
    const isTold =
      this.state.name === 'handshake' &&
      !this.options.mechanism.isSilent &&
      error instanceof ProtocolError &&
      error.status;
    this.state = { name: 'failed' };
    if (!(error instanceof ProtocolError)) {
      throw error;
    }
    this.events.push({ type: 'failed', error, lastWords: isTold ? writeError(error) : undefined });
  }
}
