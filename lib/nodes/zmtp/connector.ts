import type { Socket } from 'node:net';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import { BackOff, type BackOffLimits } from '../back-off.js';
import { QuietErrors } from '../quiet-errors.js';
import { exhaustedError, isExhausted, refusedError } from './connection-errors.js';
import { connectTo, isItself } from './endpoint.js';

/** Receives what happens to a {@link Connector}. */
export interface ConnectorListener {
  /** An attempt begins, with a socket that is not connected yet. */
  connecting(socket: Socket, connector: Connector): void;
  /**
   * An attempt has failed. Another one follows.
   *
   * @param refusal where this side is not let in
   */
  failed(address: string, refusal?: RemoteCallError): void;
  /** Why attempts fail, where the other side is there or this one is at fault; at a limited rate. */
  error(error: RemoteCallError): void;
}

/**
 * The state of a connector. Only the connector itself changes it.
 *
 * ```text
 *            attempt            connected           handshake
 *   waiting ────────▶ connecting ───────▶ greeting ──────────▶ up
 *     ▲ ▲    failed     │         failed     │                 │
 *     │ └───────────────┴────────────────────┘       lost      │
 *     └────────────────────────────────────────────────────────┘
 *
 *   any ──close()──▶ closed
 * ```
 *
 * - `waiting`: the timer begins the next attempt.
 * - `connecting`: nothing is known of the other side.
 * - `greeting`: the other side is there, and the handshake is under way.
 * - `up`: the handshake is done.
 * - `closed`: it is not used again.
 */
type State =
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'connecting' | 'greeting' | 'closed' }
  | { readonly name: 'up'; readonly since: number };

/** Keeps one connection to an address, tried again and again, ever more slowly while it fails. */
export class Connector {
  private state: State = { name: 'closed' };
  private readonly backOff: BackOff;
  private readonly errors: QuietErrors;

  constructor(
    readonly address: Address,
    limits: BackOffLimits,
    private readonly listener: ConnectorListener,
  ) {
    this.backOff = new BackOff(limits);
    this.errors = new QuietErrors((error) => listener.error(error));
  }

  /** Begins the first attempt. */
  open(): void {
    const socket = connectTo(this.address);
    this.state = { name: 'connecting' };
    socket.once('connect', () => {
      if (isItself(socket)) {
        socket.destroy();
      } else if (this.state.name === 'connecting') {
        this.state = { name: 'greeting' };
      }
    });
    this.listener.connecting(socket, this);
  }

  /** The handshake is done. */
  established(): void {
    this.state = { name: 'up', since: performance.now() };
  }

  /** The attempt has failed, or the connection is lost. @param error undefined where it was ended */
  ended(error = new Error('the other side hangs up')): void {
    const { state } = this;
    if (state.name === 'up') {
      this.retryAfter(this.backOff.lost(performance.now() - state.since));
      return;
    }
    if (state.name === 'closed') {
      return;
    }
    this.retryAfter(this.backOff.failed());
    const refused = state.name === 'greeting' ? refusedError(this.address, error) : undefined;
    if (refused) {
      this.errors.add(refused);
    } else if (isExhausted(error)) {
      this.errors.add(exhaustedError(this.address, error));
    }
    // Last, since it may end what the error is reported to.
    const isRefusal = refused?.code === 'UNAUTHENTICATED';
    this.listener.failed(this.address.text, isRefusal ? refused : undefined);
  }

  /** Makes no more attempts. */
  close(): void {
    if (this.state.name === 'waiting') {
      clearTimeout(this.state.timer);
    }
    this.state = { name: 'closed' };
  }

  private retryAfter(delay: number): void {
    this.state = { name: 'waiting', timer: setTimeout(() => this.open(), delay) };
  }
}
