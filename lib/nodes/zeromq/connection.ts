import type { Socket } from 'zeromq';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import { BackOff, type BackOffLimits } from '../back-off.js';
import { QuietErrors } from '../quiet-errors.js';

/** Receives what happens to a connection. */
export interface ConnectionListener {
  /** It is usable. */
  up(address: string): void;
  /** It was usable, and is lost. It is tried again. */
  down(reason: string): void;
  /**
   * An attempt has failed. Another one follows.
   *
   * @param refusal where the other side refuses the credentials
   */
  failed(address: string, refusal?: RemoteCallError): void;
  /**
   * An attempt neither succeeds nor fails. libzmq may keep its connection, whatever follows, until the
   * socket closes.
   */
  hung(connection: Connection): void;
  /** Why attempts fail, where the other side is there; at a limited rate. */
  error(error: RemoteCallError): void;
}

/** How a connection is tried; times in milliseconds. */
export interface ConnectionTiming {
  /** How attempts slow down. */
  readonly backOff: BackOffLimits;
  /** An attempt that has neither succeeded nor failed by then hangs. */
  readonly hungAfter: number;
  /** What to look at where the handshake fails and nobody says why. Default nothing. */
  readonly advice?: string;
}

/**
 * The state of a connection. Only the connection itself changes it.
 *
 * ```text
 *               attempt            handshake
 *   waiting ──────────────▶ trying ─────────▶ up
 *     ▲ ▲       failed       │                │
 *     │ └────────────────────┘      lost      │
 *     └───────────────────────────────────────┘
 *
 *   any ──close()──▶ closed
 * ```
 *
 * - `waiting`: the timer begins the next attempt.
 * - `trying`: libzmq connects and shakes hands, until the other side may refuse the credentials. The
 *   timer notices an attempt that hangs. `inproc://` reports nothing: it stays there.
 * - `up`: it is usable.
 * - `closed`: it is not used again.
 */
type State =
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout }
  | {
      readonly name: 'trying';
      readonly timer: NodeJS.Timeout | undefined;
      readonly refusal?: RemoteCallError;
    }
  | { readonly name: 'up'; readonly since: number }
  | { readonly name: 'closed' };

/**
 * One connection of a socket to one address, tried again and again, ever more slowly while it fails.
 *
 * libzmq tries just once each time (`reconnectInterval` is -1): by itself it would try 40 times a
 * second after a failed handshake, and never again after some.
 */
export class Connection {
  private state: State = { name: 'closed' };
  private readonly backOff: BackOff;
  private readonly errors: QuietErrors;

  constructor(
    private readonly socket: Socket,
    readonly address: Address,
    private readonly timing: ConnectionTiming,
    private readonly listener: ConnectionListener,
  ) {
    this.backOff = new BackOff(timing.backOff);
    this.errors = new QuietErrors((error) => listener.error(error));
  }

  /**
   * Begins the first attempt.
   *
   * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the address that libzmq cannot use
   */
  open(): void {
    try {
      this.attempt();
    } catch (cause) {
      throw unusable(this.address, cause as NodeJS.ErrnoException);
    }
  }

  /** The handshake is done. */
  established(): void {
    if (this.state.name === 'trying') {
      this.enter({ name: 'up', since: performance.now() });
      this.listener.up(this.address.text);
    }
  }

  /**
   * The handshake has failed; `ended` follows.
   *
   * @param isRefusal whether the other side does not accept the credentials
   */
  refused(reason: string, isRefusal: boolean): void {
    const { state } = this;
    const { advice } = this.timing;
    const full = isRefusal || advice === undefined ? reason : `${reason}; ${advice}`;
    const error = refusedError(this.address, full, isRefusal);
    if (state.name === 'trying' && isRefusal) {
      this.state = { ...state, refusal: error };
    }
    this.errors.add(error);
  }

  /** The attempt has failed, or the connection is lost. */
  ended(): void {
    const { state } = this;
    if (state.name === 'up') {
      this.retryAfter(this.backOff.lost(performance.now() - state.since));
      this.listener.down('the connection was lost');
    } else if (state.name === 'trying') {
      this.retryAfter(this.backOff.failed());
      this.listener.failed(this.address.text, state.refusal);
    }
  }

  /** Makes no more attempts. */
  close(): void {
    this.enter({ name: 'closed' });
  }

  /** Makes no more attempts, and ends the present one, or the connection. */
  disconnect(): void {
    this.close();
    this.forget();
  }

  private attempt(): void {
    const { socket, address, timing, listener } = this;
    const isWatched = address.scheme !== 'inproc';
    const timer = isWatched
      ? setTimeout(() => listener.hung(this), timing.hungAfter).unref()
      : undefined;
    this.enter({ name: 'trying', timer });
    socket.connect(address.text);
  }

  private retryAfter(delay: number): void {
    const timer = setTimeout(() => this.retry(), delay).unref();
    this.enter({ name: 'waiting', timer });
  }

  /** Begins another attempt in the place of the one before. */
  retry(): void {
    if (this.socket.closed || this.state.name === 'closed') {
      return;
    }
    this.forget();
    try {
      this.attempt();
    } catch (cause) {
      this.errors.add(unusable(this.address, cause as NodeJS.ErrnoException));
      this.retryAfter(this.backOff.failed());
    }
  }

  private forget(): void {
    try {
      this.socket.disconnect(this.address.text);
    } catch {
      // libzmq has forgotten the address already, as it does after most failures.
    }
  }

  private enter(state: State): void {
    if ('timer' in this.state) {
      clearTimeout(this.state.timer);
    }
    this.state = state;
  }
}

function refusedError({ text }: Address, reason: string, isRefusal: boolean): RemoteCallError {
  return new RemoteCallError(
    `${text} refused the handshake: ${reason}`,
    { address: text },
    { code: isRefusal ? 'UNAUTHENTICATED' : 'UNAVAILABLE' },
  );
}

function unusable({ text }: Address, cause: NodeJS.ErrnoException): RemoteCallError {
  const { code: errno = 'UNKNOWN', message } = cause;
  return new RemoteCallError(
    `cannot connect to ${text}: ${errno} (${message})`,
    { address: text, errno },
    { code: 'INVALID_ARGUMENT', cause },
  );
}
