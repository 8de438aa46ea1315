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
} from '../options/option-check.js';
import { type CodecLimits, type CodecOptions, resolveCodecOptions } from '../cbor/codec.js';

/** Options of a `RemoteClient`. */
export interface RemoteClientOptions {
  /**
   * Where the servers are: one address or a list of equal servers, of which each call and each
   * event goes to one that is up, in turn. PUB sends to all of them.
   */
  connect?: string | readonly string[];
  /** PUB only: where subscribers find this client. */
  bind?: string | readonly string[];
  /** `'dealer'` (default) for requests and events, `'pub'` for events by topic. */
  socket?: 'dealer' | 'pub';
  /**
   * DEALER: the identity of the service behind a router; left out for a server that is connected
   * directly. PUB: the topic, default the event's pattern.
   */
  address?: string | Uint8Array;
  /** DEALER: the ZeroMQ routing id. Default: `nestjs-remote:` and random text, anew per server. */
  identity?: string | Uint8Array;
  /**
   * Milliseconds from the call to its first value or its answer, connecting and sending included.
   * Default 5000; 0 means none.
   */
  timeout?: number;
  /** Limits of the codec. */
  codec?: CodecOptions;
  /** Whether the extension of the protocol is used: headers, streams, cancellation. Default true. */
  extension?: boolean;
  /** Options of zeromq.js, by its own names. */
  socketOptions?: SocketOptions;
  /** Options of `node:dgram`, by its own names, for `udp://` addresses. */
  datagramOptions?: DatagramOptions;
}

/** {@link RemoteClientOptions} checked, with every default filled in. */
export interface ResolvedClientOptions {
  socket: 'dealer' | 'pub';
  connect: readonly string[];
  bind: readonly string[];
  address: Buffer | undefined;
  identity: Buffer | undefined;
  timeout: number;
  codec: CodecLimits;
  extension: boolean;
  socketOptions: SocketOptions;
  datagramOptions: DatagramOptions;
}

const NAMES = [
  'connect',
  'bind',
  'socket',
  'address',
  'identity',
  'timeout',
  'codec',
  'extension',
  'socketOptions',
  'datagramOptions',
] as const satisfies readonly (keyof RemoteClientOptions)[];

/**
 * Checks a client's options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and what would be right
 */
export function resolveClientOptions(options: RemoteClientOptions): ResolvedClientOptions {
  checkNames(options, NAMES, transportHints('connect'));
  const resolved: ResolvedClientOptions = {
    socket: socketType(options.socket),
    connect: texts('connect', options.connect) ?? [],
    bind: texts('bind', options.bind) ?? [],
    address: routingId('address', options.address),
    identity: routingId('identity', options.identity),
    timeout: milliseconds('timeout', options.timeout, 5000),
    codec: resolveCodecOptions(options.codec),
    extension: boolean('extension', options.extension, true),
    socketOptions: record('socketOptions', options.socketOptions),
    datagramOptions: checkDatagramOptions(record('datagramOptions', options.datagramOptions)),
  };
  checkSecurity([...resolved.connect, ...resolved.bind], resolved.socketOptions);
  if (resolved.socket === 'dealer' && resolved.bind.length > 0) {
    throw socketTypeError(
      "a bound DEALER deals its requests to whoever is connected; give connect, or socket: 'pub'",
      { bind: resolved.bind },
    );
  }
  if (resolved.connect.length + resolved.bind.length === 0) {
    throw optionError('connect', undefined, "give the server's address, such as 'tcp://host:port'");
  }
  const isDatagramOnly = resolved.connect.every((address) => address.startsWith('udp://'));
  if (resolved.socket === 'dealer' && isDatagramOnly && resolved.address) {
    throw optionError('address', options.address, 'leave it out: no router speaks UDP');
  }
  if (resolved.socket === 'pub' && resolved.identity) {
    throw optionError('identity', options.identity, 'leave it out: PUB has none');
  }
  return resolved;
}

function socketType(value: unknown): 'dealer' | 'pub' {
  if (value === 'sub' || value === 'router') {
    throw socketTypeError(`a client is 'dealer' or 'pub'; ${value} is for a server`, {
      socket: value,
    });
  }
  return oneOf('socket', value, ['dealer', 'pub'], 'dealer');
}
