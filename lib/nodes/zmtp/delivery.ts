import type { Socket } from 'node:net';
import type { Session } from './core/session.js';
import type { SessionEvent } from './core/session-event.js';

/** The number of envelopes after which other work gets its turn, so that few are alive at once. */
const TURN = 128;

/** What takes the events of a {@link Delivery}. */
export interface DeliveryTarget {
  /** @returns how many envelopes the event held */
  take(event: SessionEvent): number;
  /** All that has come is delivered, as far as it is complete. */
  delivered(): void;
  /** The socket has closed, and all that came before was delivered. */
  ended(): void;
}

/**
 * Where a delivery stands.
 *
 * ```text
 *            more than a turn has come
 *   idle ◀────────────────────────────▶ due
 *     │         all is delivered         │
 *     └──────────────────────────────────┴── stop() ──▶ stopped
 * ```
 *
 * - `idle`: all that has come is delivered.
 * - `due`: the rest is delivered in the next turn. The socket is not read until then.
 * - `stopped`: nothing is delivered any more.
 */
type State = 'idle' | 'due' | 'stopped';

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

  /** Delivers what has come of something else than bytes. */
  resume(): void {
    this.deliverIdle();
  }

  /** The socket has closed. */
  closed(): void {
    this.hasClosed = true;
    this.deliverIdle();
  }

  stop(): void {
    this.state = 'stopped';
  }

  private deliverIdle(): void {
    if (this.state !== 'due') {
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
    this.target.delivered();
    if (this.socket.isPaused()) {
      this.socket.resume();
    }
  }
}
