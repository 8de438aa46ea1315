import { optionError, socketTypeError } from '../errors/option-error.js';
import {
  DEFAULT_ENGINE,
  type DatagramOptions,
  ENGINES,
  type Engine,
  type SocketOptions,
  datagramOptions,
} from '../nodes/create-node.js';
import {
  boolean,
  checkSecurity,
  integer,
  milliseconds,
  oneOf,
  record,
  routingId,
  texts,
  transportHints,
} from '../options/option-check.js';
import {
  type Resolved,
  type SchemaOf,
  optional,
  resolveOptions,
} from '../options/option-schema.js';
import { REPORT_INTERVAL } from '../observe/drop-counter.js';
import { RESOLVE_INTERVAL } from '../nodes/names/name-resolver.js';
import { type CodecOptions, codecOptions } from '../cbor/codec.js';

/** How much of a client's work may wait. */
export interface ClientLimits {
  /** Calls and events for one server, and for a link. Default 131,072. */
  maxMessages: number;
  /** Bytes of theirs. Default 64 MiB. */
  maxBytes: number;
}

/** Options of a `RemoteClient`. */
export interface RemoteClientOptions {
  /**
   * Where the servers are: one address or a list of equal servers. Each call and each event goes to
   * one server that is up, in turn. PUB sends to all of them.
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
  /** DEALER: the ZeroMQ routing id. Default: `nestjs-remote:` and random text, another for each server. */
  identity?: string | Uint8Array;
  /**
   * Milliseconds from the call to its first value or its response, connecting and sending included.
   * Default 5000; 0 means none.
   */
  timeout?: number;
  /**
   * Milliseconds of silence after which a server with calls in flight is asked whether it is there.
   * After three such spans without any message its calls fail with `UNAVAILABLE`. Servers that do not
   * use the extension are not asked. Default 5000; 0 means none.
   */
  heartbeat?: number;
  /**
   * Milliseconds between two lookups of a host name. All its addresses get links of their own, as they
   * come and go. Default 30,000; 0 means that it is looked up again only when a link is lost.
   */
  resolveInterval?: number;
  /** Limits of the codec. */
  codec?: CodecOptions;
  /** Whether the extension of the protocol is used: headers, streams, cancellation. Default true. */
  extension?: boolean;
  /** How much may wait. What is above it fails at once with `RESOURCE_EXHAUSTED`. */
  limits?: Partial<ClientLimits>;
  /**
   * What carries `tcp://` and `ipc://`: `'zeromq'` is libzmq, `'net'` speaks its protocol over
   * `node:net`. Default `'zeromq'`.
   */
  engine?: Engine;
  /** Options of zeromq.js, by its own names. */
  socketOptions?: SocketOptions;
  /** Options of `node:dgram`, by its own names, for `udp://` addresses. */
  datagramOptions?: DatagramOptions;
  /**
   * The least milliseconds between two reports of drops for one reason. Default 10,000; 0 reports each.
   */
  reportInterval?: number;
}

const LIMITS = {
  maxMessages: optional(integer(1), 131_072),
  maxBytes: optional(integer(1), 64 * 1024 * 1024),
} satisfies SchemaOf<ClientLimits>;

const CLIENT_OPTIONS = {
  connect: optional(texts, []),
  bind: optional(texts, []),
  socket: optional(socketType, 'dealer'),
  address: routingId,
  identity: routingId,
  timeout: optional(milliseconds, 5000),
  heartbeat: optional(milliseconds, 5000),
  resolveInterval: optional(milliseconds, RESOLVE_INTERVAL),
  codec: codecOptions,
  extension: optional(boolean, true),
  limits,
  engine: optional(oneOf(...ENGINES), DEFAULT_ENGINE),
  socketOptions: record<SocketOptions>,
  datagramOptions,
  reportInterval: optional(milliseconds, REPORT_INTERVAL),
} satisfies SchemaOf<RemoteClientOptions>;

/** {@link RemoteClientOptions} checked, with every default filled in. */
export interface ResolvedClientOptions extends Resolved<typeof CLIENT_OPTIONS> {}

/**
 * Checks a client's options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function resolveClientOptions(options: RemoteClientOptions): ResolvedClientOptions {
  const resolved = resolveOptions(CLIENT_OPTIONS, options, { hints: transportHints('connect') });
  checkCombination(resolved);
  return resolved;
}

function limits(option: string, value: Partial<ClientLimits> | undefined): ClientLimits {
  return resolveOptions(LIMITS, record(option, value), { prefix: `${option}.`, noun: 'limit' });
}

function checkCombination({
  socket,
  connect,
  bind,
  address,
  identity,
  socketOptions,
}: ResolvedClientOptions): void {
  checkSecurity([...connect, ...bind], socketOptions);
  if (socket === 'dealer' && bind.length > 0) {
    throw socketTypeError(
      "a bound DEALER deals its requests to all that are connected; give connect, or socket: 'pub'",
      { bind },
    );
  }
  if (connect.length + bind.length === 0) {
    throw optionError('connect', undefined, "give the server's address, such as 'tcp://host:port'");
  }
  const isDatagramOnly = connect.every((server) => server.startsWith('udp://'));
  if (socket === 'dealer' && isDatagramOnly && address) {
    throw optionError('address', address.toString(), 'leave it out: no router speaks UDP');
  }
  if (socket === 'pub' && identity) {
    throw optionError('identity', identity.toString(), 'leave it out: PUB has none');
  }
}

function socketType(
  option: string,
  value: 'dealer' | 'pub' | undefined,
): 'dealer' | 'pub' | undefined {
  const given: unknown = value;
  if (given === 'sub' || given === 'router') {
    throw socketTypeError(`a client is 'dealer' or 'pub'; ${given} is for a server`, {
      socket: given,
    });
  }
  return oneOf('dealer', 'pub')(option, value);
}
