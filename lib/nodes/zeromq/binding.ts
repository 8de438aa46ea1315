import cluster from 'node:cluster';
import { lstat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'zeromq';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, hasName, withHost } from '../address.js';
import { lookupOne } from '../names/name-lookup.js';
import { isListening } from './ipc-path.js';

/** How long libzmq may take to free the address of a closed socket, in milliseconds. */
const RELEASE_TIME = 2000;

/** How long to wait before trying such an address again, in milliseconds. */
const RETRY_DELAY = 10;

/** The meaning of the system's codes, where its own texts mislead. */
const REASONS: Readonly<Record<string, string>> = {
  ENODEV: 'the host is no address of this machine',
  EADDRNOTAVAIL: 'the host is no address of this machine',
  ENOTFOUND: 'there is no such name',
  ENOENT: 'the folder does not exist',
  EACCES: 'this process may not listen there',
};

/** ZeroMQ opens its sockets by itself: Node cannot hand one of its primary process to the workers. */
const SHARED =
  'the workers of a cluster cannot share an address over ZeroMQ: ' +
  'give each worker one of its own, and list all of them in `connect` of the clients';

/** Places that sockets of this process have just left: libzmq frees them in the background. */
const leaving = new Map<string, NodeJS.Timeout>();

/** Paths that are being bound by this process. */
const turns = new Map<string, Promise<unknown>>();

/**
 * An address that libzmq can bind without a name server.
 *
 * @param signal ends the wait for a name server
 * @throws {RemoteCallError} `UNAVAILABLE` naming the address whose name is unknown
 */
export async function toBindable(address: Address, signal: AbortSignal): Promise<Address> {
  if (!hasName(address)) {
    return address;
  }
  try {
    return withHost(address, await lookupOne(address.host, signal));
  } catch (cause) {
    throw cannotBind(address, cause as NodeJS.ErrnoException);
  }
}

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
      return await (address.scheme === 'ipc'
        ? inTurn(text, () => bindPath(socket, address))
        : bindNow(socket, text));
    } catch (cause) {
      const error = cause as NodeJS.ErrnoException;
      if (error.code !== 'EADDRINUSE' || !leaving.has(placeOf(text))) {
        throw cannotBind(address, error);
      }
      await delay(RETRY_DELAY, undefined, { signal });
    }
  }
}

/** Why an address cannot be bound; in a worker of a cluster that is in most cases another worker. */
function cannotBind({ text }: Address, cause: NodeJS.ErrnoException): RemoteCallError {
  const { code: errno = 'UNKNOWN', message } = cause;
  const isShared = errno === 'EADDRINUSE' && cluster.isWorker;
  const reason = isShared ? SHARED : (REASONS[errno] ?? message);
  return new RemoteCallError(
    `cannot bind ${text}: ${errno} (${reason})`,
    { address: text, errno },
    { code: isShared ? 'INVALID_ARGUMENT' : 'UNAVAILABLE', cause },
  );
}

async function bindPath(socket: Socket, address: Address): Promise<string> {
  await requireFreePath(address);
  return bindNow(socket, address.text);
}

async function bindNow(socket: Socket, text: string): Promise<string> {
  await socket.bind(text);
  // A socket that takes IPv6 too writes an IPv4 address as an IPv6 one.
  return (socket.lastEndpoint ?? text).replace(/\[::ffff:([\d.]+)\]/, '$1');
}

/** Runs one task at a time for a path: two at a time would both find it free. */
async function inTurn<Result>(text: string, task: () => Promise<Result>): Promise<Result> {
  const before = turns.get(text);
  const turn = (async () => {
    await before?.catch(() => undefined);
    return task();
  })();
  turns.set(text, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(text) === turn) {
      turns.delete(text);
    }
  }
}

/** Throws EADDRINUSE where libzmq would take over a path that is in use. */
async function requireFreePath({ host: path }: Address): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (file && !file.isSocket()) {
    throw inUse('there is a file that is no socket');
  }
  if (await isListening(path)) {
    throw inUse('address in use');
  }
}

function inUse(reason: string): Error {
  return Object.assign(new Error(reason), { code: 'EADDRINUSE' });
}

/** The place that an address takes: for TCP the port, whatever the host. */
function placeOf(text: string): string {
  return /^tcp:.*:(\d+)$/.exec(text)?.[1] ?? text;
}
