import type { Socket } from 'node:net';
import type { Session } from './core/session.js';
import type { SessionEvent } from './core/session-event.js';

/** The number of envelopes after which other work gets its turn, so that few are alive at once. */
const TURN = 128;

/** What takes the events of a {@link Delivery}. */
export interface DeliveryTarget {
  /** Whether events are held back. */
  readonly isHeld: boolean;
  /** @returns how many envelopes the event held */
  take(event: SessionEvent): number;
  /** The socket has closed, and all that came before was delivered. */
  ended(): void;
}

/**
 * Where a delivery stands.
 *
 * ```text
 *            more than a turn has come         is held
 *   idle ◀────────────────────────────▶ due ◀──────────▶ held
 *     │         all is delivered         │    resume()     │
 *     └──────────────────────────────────┴───── stop() ────┴──▶ stopped
 * ```
 *
 * - `idle`: all that has come is delivered.
 * - `due`: the rest is delivered in the next turn. The socket is not read until then.
 * - `held`: the rest is delivered once it is resumed. The socket is not read until then.
 * - `stopped`: nothing is delivered any more.
 */
type State = 'idle' | 'due' | 'held' | 'stopped';

/** Delivers what a socket brings, in turns. */
export class Delivery {
  private state: State = 'idle';
  private hasClosed = false;

  constructor(
    private readonly socket: Socket,
    private readonly session: Session,
    private readonly target: DeliveryTarget,
  ) {}

  /** Delivers what has come. */
  receive(chunk: Buffer): void {
    if (this.state !== 'stopped') {
      this.session.receive(chunk);
      this.deliverIdle();
    }
  }

  /** The socket has closed. */
  closed(): void {
    this.hasClosed = true;
    this.deliverIdle();
  }

  /** Delivers what was held back. */
  resume(): void {
    if (this.state === 'held') {
      this.deliverLater();
    }
  }

  stop(): void {
    this.state = 'stopped';
  }

  private deliverIdle(): void {
    if (this.state === 'idle' || this.state === 'stopped') {
      this.deliver();
    }
  }

  private deliverLater(): void {
    this.state = 'due';
    this.socket.pause();
    setImmediate(this.deliver);
  }

  private readonly deliver = (): void => {
    for (let delivered = 0; this.state !== 'stopped';) {
      if (this.target.isHeld) {
        this.state = 'held';
        this.socket.pause();
        return;
      }
      if (delivered >= TURN) {
        this.deliverLater();
        return;
      }
      const event = this.session.next();
      if (!event) {
        this.goOn();
        break;
      }
      delivered += this.target.take(event);
    }
    if (this.hasClosed) {
      this.target.ended();
    }
  };

  /** All that has come is delivered. */
  private goOn(): void {
    this.state = 'idle';
    if (this.socket.isPaused()) {
      this.socket.resume();
    }
  }
}
