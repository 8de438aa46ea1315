import type { Socket } from 'zeromq';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import { monitorConnections } from './connection-monitor.js';

/** How long to wait before trying again where the other side refused the credentials, in ms. */
const REFUSED_RETRY = 1000;

/** How many sockets are made at most until libzmq can monitor one. */
const MONITOR_ATTEMPTS = 5;

/** Receives what happens to the connections of a socket. */
export interface ConnectionListener {
  up(): void;
  down(reason: string): void;
  error(error: RemoteCallError): void;
}

/**
 * Connects a socket to addresses. libzmq goes on trying by itself until the socket closes.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the address that libzmq cannot use
 */
export function connectAll(socket: Socket, addresses: readonly Address[]): void {
  for (const { text } of addresses) {
    try {
      socket.connect(text);
    } catch (cause) {
      const { code: errno = 'UNKNOWN', message } = cause as NodeJS.ErrnoException;
      throw new RemoteCallError(
        `cannot connect to ${text}: ${errno} (${message})`,
        { address: text, errno },
        { code: 'INVALID_ARGUMENT', cause },
      );
    }
  }
}

/**
 * Makes a socket that is watched from the start, so that no event of it is missed.
 *
 * Where the other side refuses its credentials it is connected once more after a second.
 *
 * @param create makes the socket
 * @param addresses where it will be connected
 * @param listener receives the events of the connections until the socket closes
 */
export function createWatched(
  create: () => Socket,
  addresses: readonly Address[],
  listener: ConnectionListener,
): Socket {
  for (let attempt = 1; ; attempt++) {
    const socket = create();
    try {
      monitorConnections(socket, {
        up: () => listener.up(),
        down: (reason) => listener.down(reason),
        refused: (reason, isFinal) => {
          listener.error(refusedError(addresses, reason));
          if (isFinal) {
            setTimeout(() => reconnect(socket, addresses, listener), REFUSED_RETRY).unref();
          }
        },
      });
      return socket;
    } catch (cause) {
      socket.close();
      if (attempt === MONITOR_ATTEMPTS) {
        throw new RemoteCallError('cannot watch the socket', {}, { code: 'INTERNAL', cause });
      }
    }
  }
}

function reconnect(
  socket: Socket,
  addresses: readonly Address[],
  listener: ConnectionListener,
): void {
  if (socket.closed) {
    return;
  }
  try {
    for (const { text } of addresses) {
      socket.disconnect(text);
    }
    connectAll(socket, addresses);
  } catch (cause) {
    listener.error(
      new RemoteCallError('cannot connect once more', {}, { code: 'INTERNAL', cause }),
    );
  }
}

function refusedError(addresses: readonly Address[], reason: string): RemoteCallError {
  const texts = addresses.map(({ text }) => text);
  return new RemoteCallError(
    `${texts.join(', ')} refused the handshake: ${reason}`,
    { addresses: texts },
    { code: 'UNAUTHENTICATED' },
  );
}
