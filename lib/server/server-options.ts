import { optionError, socketTypeError } from '../errors/option-error.js';
import {
  type DatagramOptions,
  type SocketOptions,
  checkDatagramOptions,
} from '../nodes/create-node.js';
import {
  boolean,
  checkNames,
  checkSecurity,
  milliseconds,
  oneOf,
  record,
  routingId,
  texts,
  transportHints,
  wholeNumber,
} from '../options/option-check.js';
import { type CodecLimits, type CodecOptions, resolveCodecOptions } from '../cbor/codec.js';

/** Options of a `RemoteServer`. */
export interface RemoteServerOptions {
  /** Where clients find this server: one address or a list. ROUTER, or SUB with `socket: 'sub'`. */
  bind?: string | readonly string[];
  /** The routers (DEALER) or publishers (SUB) to connect to: one address or a list. */
  connect?: string | readonly string[];
  /** `'router'` with `bind`, `'dealer'` with `connect`, or `'sub'` for events by topic. */
  socket?: 'router' | 'dealer' | 'sub';
  /** DEALER: the name under which routers know this service. */
  identity?: string | Uint8Array;
  /** SUB: prefixes of the topics to take. Default: those of the event handlers. */
  topics?: string | readonly string[];
  /** Milliseconds that a handler has until its first value. Default 30,000; 0 means none. */
  timeout?: number;
  /**
   * Milliseconds that `close` waits for responder still owed before it cancels their handlers.
   * Default 5000; 0 means no limit.
   */
  shutdownTimeout?: number;
  /**
   * How many handlers run at once; up to 128 calls more are read ahead, and the rest waits in the
   * socket. Default 0, no limit.
   */
  concurrency?: number;
  /** Limits of the codec. */
  codec?: CodecOptions;
  /** Whether the extension of the protocol is used: headers, streams, cancellation. Default true. */
  extension?: boolean;
  /** Options of zeromq.js, by its own names. */
  socketOptions?: SocketOptions;
  /** Options of `node:dgram`, by its own names, for `udp://` addresses. */
  datagramOptions?: DatagramOptions;
  /** The transport that `@MessagePattern(pattern, transport)` names. Default `REMOTE_TRANSPORT`. */
  transportId?: symbol;
}

/** {@link RemoteServerOptions} checked, with every default filled in. */
export interface ResolvedServerOptions {
  socket: 'router' | 'dealer' | 'sub';
  bind: readonly string[];
  connect: readonly string[];
  identity: Buffer | undefined;
  topics: readonly string[] | undefined;
  timeout: number;
  shutdownTimeout: number;
  concurrency: number;
  codec: CodecLimits;
  extension: boolean;
  socketOptions: SocketOptions;
  datagramOptions: DatagramOptions;
  transportId: symbol | undefined;
}

const NAMES = [
  'bind',
  'connect',
  'socket',
  'identity',
  'topics',
  'timeout',
  'shutdownTimeout',
  'concurrency',
  'codec',
  'extension',
  'socketOptions',
  'datagramOptions',
  'transportId',
] as const satisfies readonly (keyof RemoteServerOptions)[];

/**
 * Checks a server's options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and what would be right
 */
export function resolveServerOptions(options: RemoteServerOptions): ResolvedServerOptions {
  checkNames(options, NAMES, transportHints('bind'));
  const bind = texts('bind', options.bind) ?? [];
  const connect = texts('connect', options.connect) ?? [];
  const resolved: ResolvedServerOptions = {
    socket: socketType(options.socket, bind),
    bind,
    connect,
    identity: routingId('identity', options.identity),
    topics: texts('topics', options.topics),
    timeout: milliseconds('timeout', options.timeout, 30_000),
    shutdownTimeout: milliseconds('shutdownTimeout', options.shutdownTimeout, 5000),
    concurrency: wholeNumber('concurrency', options.concurrency, 0),
    codec: resolveCodecOptions(options.codec),
    extension: boolean('extension', options.extension, true),
    socketOptions: record('socketOptions', options.socketOptions),
    datagramOptions: checkDatagramOptions(record('datagramOptions', options.datagramOptions)),
    transportId: transportId(options.transportId),
  };
  checkSecurity([...bind, ...connect], resolved.socketOptions);
  checkCombination(resolved);
  return resolved;
}

function checkCombination({
  socket,
  bind,
  connect,
  identity,
  topics,
}: ResolvedServerOptions): void {
  if (bind.length + connect.length === 0) {
    throw optionError('bind', undefined, "give an address to listen on, such as 'tcp://host:port'");
  }
  if (socket === 'router' && connect.length > 0) {
    throw socketTypeError('a ROUTER server binds; give bind, or connect alone for a DEALER', {
      connect,
    });
  }
  if (socket === 'dealer' && bind.length > 0) {
    throw socketTypeError('a bound DEALER deals its responder to the wrong clients; give connect', {
      bind,
    });
  }
  if (socket === 'dealer' && identity === undefined) {
    throw optionError('identity', undefined, 'give the name under which routers know this service');
  }
  if (socket !== 'dealer' && identity !== undefined) {
    throw optionError('identity', identity.toString(), `leave it out: ${socket} needs none`);
  }
  if (socket !== 'sub' && topics !== undefined) {
    throw optionError('topics', topics, "leave it out, or give socket: 'sub'");
  }
}

function socketType(value: unknown, bind: readonly string[]): 'router' | 'dealer' | 'sub' {
  if (value === 'pub') {
    throw socketTypeError("a server is 'router', 'dealer' or 'sub'; pub is for a client", {
      socket: value,
    });
  }
  const otherwise = bind.length > 0 ? 'router' : 'dealer';
  return oneOf('socket', value, ['router', 'dealer', 'sub'], otherwise);
}

function transportId(value: unknown): symbol | undefined {
  if (value !== undefined && typeof value !== 'symbol') {
    throw optionError('transportId', value, 'give a symbol');
  }
  return value;
}
