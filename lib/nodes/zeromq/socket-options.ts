import type { Socket } from 'zeromq';
import { optionError } from '../../errors/option-error.js';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { BACK_OFF } from '../back-off.js';
import type { SocketType } from '../socket-type.js';
import type { ConnectionTiming } from './connection.js';
import { closeBeforeThreadEnds } from './worker-thread.js';
import { zeromq } from './zeromq.js';

/** Options of zeromq.js, by its own names, e.g. `sendHighWaterMark`, `curveSecretKey`, `linger`. */
export type SocketOptions = Readonly<Record<string, unknown>>;

const CLASSES = {
  router: 'Router',
  dealer: 'Dealer',
  pub: 'Publisher',
  sub: 'Subscriber',
} as const;

/** Options that a node sets itself, and the remedy. */
const RESERVED: Readonly<Record<string, string>> = {
  routingId: 'use the option identity',
  immediate: 'leave it out: it is always on for a DEALER',
  mandatory: 'leave it out: it is always on for a ROUTER',
  receiveTimeout: 'use the option timeout',
  context: 'leave it out: all nodes share one',
};

/** ZMQ_ROUTER_NOTIFY and its value for disconnects: a draft option that zeromq.js does not name. */
const ROUTER_NOTIFY = 97;
const NOTIFY_DISCONNECT = 2;

const DEFAULTS: Readonly<Record<SocketType, SocketOptions>> = {
  dealer: { probeRouter: true, immediate: true },
  router: { handover: true, mandatory: true },
  pub: {},
  sub: {},
};

/** How long an attempt to connect may take, and after that its handshake, in milliseconds. */
const CONNECT_TIMEOUT = 10_000;

/** The options of every socket, unless others are given. */
const COMMON: SocketOptions = {
  // The default of libzmq, -1, keeps a process alive without end after a peer was lost.
  linger: 1000,
  // The default of libzmq, 100, makes 500 clients at once wait a second.
  backlog: 4096,
  // In seconds: an idle link whose other end is gone is lost after 30. The heartbeats of libzmq stay off:
  // one that is due on a connection that ended while its input was held back aborts the process.
  tcpKeepalive: 1,
  tcpKeepaliveIdle: 15,
  tcpKeepaliveInterval: 5,
  tcpKeepaliveCount: 3,
  // The defaults of libzmq, no limit and 30 s, keep a connection to a host that is gone for long.
  connectTimeout: CONNECT_TIMEOUT,
  handshakeInterval: CONNECT_TIMEOUT,
};

/** How much longer than libzmq allows an attempt to connect takes that hangs, in milliseconds. */
const HUNG = 1000;

/**
 * How many messages libzmq holds for one peer of a client or server. It counts messages, of up to
 * 64 KiB packed and of any size otherwise, so that few of them are much already; the rest waits in
 * the send queue, which counts bytes.
 */
export const SEND_HIGH_WATER_MARK = 32;

/** How many sockets a process may have: a client has three for each link, and libzmq's default is 1023. */
const MAX_SOCKETS = 16_384;

/** Only before the first socket of a process can the number be raised. */
function allowManySockets(): void {
  const { context } = zeromq();
  if (context.maxSockets < MAX_SOCKETS) {
    context.maxSockets = MAX_SOCKETS;
  }
}

/**
 * Makes a socket with its options set.
 *
 * The socket is made bare first: one whose constructor refuses an option brings the process down
 * with a segmentation fault when it exits.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option that libzmq refuses; `UNAVAILABLE`
 *   where the process or the system has no sockets or file descriptors left
 */
export function createSocket(
  type: SocketType,
  identity: string | Uint8Array | undefined,
  options: SocketOptions = {},
): Socket {
  allowManySockets();
  const socket = createBare(type);
  closeBeforeThreadEnds(socket);
  try {
    const all: Record<string, unknown> = { ...COMMON, ...DEFAULTS[type], ...options };
    // Connections are tried again by this package, since libzmq does not do it as it should.
    delete all['reconnectMaxInterval'];
    all['reconnectInterval'] = -1;
    if (type !== 'sub') {
      // Sends end at once: messages that a full peer does not take wait in the send queue.
      all['sendTimeout'] = 0;
    }
    for (const [name, value] of Object.entries(all)) {
      setSocketOption(socket, name, value);
    }
    if (identity !== undefined) {
      setSocketOption(socket, 'routingId', identity);
    }
    if (type === 'router' && zeromq().capability.draft) {
      const drafts = socket as unknown as { setInt32Option(option: number, value: number): void };
      drafts.setInt32Option(ROUTER_NOTIFY, NOTIFY_DISCONNECT);
    }
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function createBare(type: SocketType): Socket {
  try {
    return new (classOf(type))();
  } catch (cause) {
    const { code: errno = 'UNKNOWN', message } = cause as NodeJS.ErrnoException;
    throw new RemoteCallError(
      `cannot open a ZeroMQ socket: ${errno} (${message})`,
      { errno },
      { code: 'UNAVAILABLE', cause },
    );
  }
}

/**
 * Sets one option of a socket.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option and the value
 */
export function setSocketOption(socket: Socket, name: string, value: unknown): void {
  try {
    (socket as unknown as Record<string, unknown>)[name] = value;
  } catch (error) {
    throw optionError(`socketOptions.${name}`, value, `libzmq: ${(error as Error).message}`);
  }
}

/**
 * Checks the names of socket options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for a name that zeromq.js does not have for this type
 *   of socket, or that a node needs for itself
 */
export function checkSocketOptions(type: SocketType, options: SocketOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const reason =
      RESERVED[name] ??
      (isWritable(classOf(type).prototype as object, name)
        ? undefined
        : `zeromq.js has no such option for a ${type.toUpperCase()} socket`);
    if (reason !== undefined) {
      throw optionError(`socketOptions.${name}`, value, reason);
    }
  }
}

/**
 * How connections are tried again: `reconnectInterval` and `reconnectMaxInterval` mean the same as in
 * libzmq, which knows nothing of them here.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT`
 */
export function connectionTimingOf(options: SocketOptions): ConnectionTiming {
  const connectTimeout = Number(options['connectTimeout']) || CONNECT_TIMEOUT;
  const handshakeInterval = Number(options['handshakeInterval']) || CONNECT_TIMEOUT;
  return {
    backOff: {
      least: interval(options, 'reconnectInterval', BACK_OFF.least),
      most: interval(options, 'reconnectMaxInterval', BACK_OFF.most),
    },
    hungAfter: connectTimeout + handshakeInterval + HUNG,
  };
}

function interval(options: SocketOptions, name: string, otherwise: number): number {
  const value = options[name] ?? otherwise;
  if (typeof value !== 'number' || !(value >= 1 && value <= 0x7fff_ffff)) {
    throw optionError(`socketOptions.${name}`, value, 'give milliseconds from 1 to 2147483647');
  }
  return value;
}

/**
 * How long a peer may take nothing, in milliseconds: 0, or -1 as in libzmq, means no limit.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT`
 */
export function sendTimeoutOf(value: unknown = 0): number {
  if (typeof value !== 'number' || !(value === -1 || (value >= 0 && value <= 0x7fff_ffff))) {
    throw optionError(
      'socketOptions.sendTimeout',
      value,
      'give milliseconds from 0 (none) to 2147483647',
    );
  }
  return Math.max(value, 0);
}

function classOf(type: SocketType): new () => Socket {
  return zeromq()[CLASSES[type]];
}

function isWritable(prototype: object | null, name: string): boolean {
  for (
    let owner = prototype;
    owner && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    const property = Object.getOwnPropertyDescriptor(owner, name);
    if (property) {
      return property.set !== undefined;
    }
  }
  return false;
}
