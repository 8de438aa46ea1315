import { isMainThread } from 'node:worker_threads';
import type { Event, Observer, Socket } from 'zeromq';
import { closeBeforeThreadEnds } from './worker-thread.js';

/** Receives the events of {@link monitorConnections}, each with the address as it was connected to. */
export interface ConnectionEvents {
  /** The handshake is done: the connection is usable. */
  established(address: string): void;
  /**
   * The handshake has failed; `ended` follows.
   *
   * @param isRefusal whether the other side does not accept the credentials
   */
  refused(address: string, reason: string, isRefusal: boolean): void;
  /** An attempt to connect has failed, or a connection is lost. */
  ended(address: string): void;
}

const UNKNOWN_KEY = 'does it allow the public key or the password of this side?';

const OTHER_MECHANISM =
  'it has another security mechanism than this side (option security, or socketOptions)';

const monitors = new WeakMap<Socket, Observer>();

/**
 * Watches the connections of a socket until it closes.
 *
 * Its events are read without pause: a monitor that is not read blocks libzmq's whole I/O thread
 * after about 2,000 of them.
 *
 * @throws when the monitor cannot be set up, which happens under heavy churn of sockets (EADDRINUSE)
 */
export function monitorConnections(socket: Socket, listener: ConnectionEvents): void {
  const observer = socket.events;
  monitors.set(socket, observer);
  closeBeforeThreadEnds(observer);
  const report = (event: Event): void => {
    switch (event.type) {
      case 'handshake':
        listener.established(event.address);
        break;
      case 'close': // Nobody listens there.
      case 'disconnect':
        listener.ended(event.address);
        break;
      case 'handshake:error:auth':
        listener.refused(event.address, `${event.error.message}; ${UNKNOWN_KEY}`, true);
        break;
      case 'handshake:error:protocol':
      case 'handshake:error:other': {
        const isMismatch = event.error.code === 'ERR_ZMTP_MECHANISM_MISMATCH';
        const reason = isMismatch ? OTHER_MECHANISM : event.error.message;
        listener.refused(event.address, reason, isMismatch);
        break;
      }
      default:
    }
  };
  const watch = async (): Promise<void> => {
    while (!observer.closed) {
      report(await observer.receive());
    }
  };
  // The socket's closing ends the watch, sometimes by rejecting the read that is under way.
  watch().catch(() => undefined);
}

/**
 * Closes a socket, which may be monitored. Its monitor ends by itself soon after; where that may be too
 * late, because a worker thread can end before, it is closed with it.
 */
export function closeMonitored(socket: Socket): void {
  socket.close();
  if (!isMainThread) {
    monitors.get(socket)?.close();
  }
}
