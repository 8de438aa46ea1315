import cluster from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'zeromq';
import type { Address } from '../address.js';
import { bindError } from '../bind-error.js';
import { bindFreePath } from '../ipc-path.js';

/** The remedy where another worker of a cluster has most likely bound the address. */
const SHARED =
  'the workers of a cluster cannot share an address over ZeroMQ: give each worker one of its own, ' +
  "and list all of them in `connect` of the clients; or use the option engine: 'net'";

/** How long libzmq may take to free the address of a closed socket, in milliseconds. */
const RELEASE_TIME = 2000;

/** How long to wait before trying such an address again, in milliseconds. */
const RETRY_DELAY = 10;

/** Places that sockets of this process have just left: libzmq frees them in the background. */
const leaving = new Map<string, NodeJS.Timeout>();

/**
 * Binds a socket to addresses, one after the other.
 *
 * An address that a socket of this process has just left is waited for.
 *
 * @param signal ends the wait for such an address
 * @returns the addresses that it is bound to, with the ports that the system chose
 * @throws {RemoteCallError} `UNAVAILABLE` naming the address that cannot be bound, `INVALID_ARGUMENT`
 *   where a worker of a cluster finds it taken. The addresses before it stay bound until the socket
 *   closes
 */
export async function bindAll(
  socket: Socket,
  addresses: readonly Address[],
  signal: AbortSignal,
): Promise<string[]> {
  const bound: string[] = [];
  try {
    for (const address of addresses) {
      bound.push(await bindOne(socket, address, signal));
    }
    return bound;
  } catch (error) {
    release(bound);
    throw error;
  }
}

/** Notes that the socket that was bound to these addresses is closing. */
export function release(bound: readonly string[]): void {
  for (const text of bound) {
    const place = placeOf(text);
    clearTimeout(leaving.get(place));
    leaving.set(place, setTimeout(() => leaving.delete(place), RELEASE_TIME).unref());
  }
}

async function bindOne(socket: Socket, address: Address, signal: AbortSignal): Promise<string> {
  const { text } = address;
  for (;;) {
    try {
      // libzmq would silently take over a path that is in use, and leave its first listener deaf.
      return await (address.scheme === 'ipc'
        ? bindFreePath(address.host, () => bindNow(socket, text))
        : bindNow(socket, text));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' || !leaving.has(placeOf(text))) {
        // ZeroMQ opens its sockets by itself: Node cannot hand one of its primary process to a worker.
        throw bindError(
          text,
          cause,
          code === 'EADDRINUSE' && cluster.isWorker ? SHARED : undefined,
        );
      }
      await delay(RETRY_DELAY, undefined, { signal });
    }
  }
}

async function bindNow(socket: Socket, text: string): Promise<string> {
  await socket.bind(text);
  // A socket that takes IPv6 too writes an IPv4 address as an IPv6 one.
  return (socket.lastEndpoint ?? text).replace(/\[::ffff:([\d.]+)\]/, '$1');
}

/** The place that an address takes: for TCP the port, whatever the host. */
function placeOf(text: string): string {
  return /^tcp:.*:(\d+)$/.exec(text)?.[1] ?? text;
}
