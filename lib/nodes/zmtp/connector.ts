import { type Socket, connect } from 'node:net';
import type { Address } from '../address.js';
import { SOCKET_OPTIONS, connectOptions } from './endpoint.js';

/** How long to wait between attempts to connect, in milliseconds. */
export interface ReconnectSettings {
  readonly reconnectInterval: number;
  /** The interval doubles up to this one. */
  readonly reconnectMaxInterval: number;
}

/** How long to wait at least where the handshake failed, in milliseconds: it will most likely again. */
const REFUSED_RETRY = 1000;

/** Keeps one connection to an address: where it is lost, the next is made after a pause. */
export class Connector {
  private interval: number;
  private timer: NodeJS.Timeout | undefined;

  /** @param connecting takes each socket, which is not connected yet */
  constructor(
    readonly address: Address,
    private readonly settings: ReconnectSettings,
    private readonly connecting: (socket: Socket) => void,
  ) {
    this.interval = settings.reconnectInterval;
  }

  start(): void {
    const options = connectOptions(this.address);
    this.connecting(connect({ ...options, ...SOCKET_OPTIONS }));
  }

  /** The handshake is done: the pauses are short again. */
  succeeded(): void {
    this.interval = this.settings.reconnectInterval;
  }

  /** The connection is lost, or none was made. @param isRefused whether the handshake failed */
  lost(isRefused: boolean): void {
    const { interval } = this;
    this.interval = Math.min(interval * 2, this.settings.reconnectMaxInterval);
    // Spread out, so that the clients of a server that is back do not all come at once.
    const pause = Math.max(interval * (1 + Math.random()), isRefused ? REFUSED_RETRY : 0);
    this.timer = setTimeout(() => this.start(), pause);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
