import { optionError, socketTypeError } from '../errors/option-error.js';
import {
  type DatagramOptions,
  ENGINES,
  type Engine,
  type SocketOptions,
  datagramOptions,
} from '../nodes/create-node.js';
import type { SecurityOption } from '../nodes/security.js';
import { checkSecurityFits, engineOf, securityOption } from '../nodes/security-option.js';
import {
  boolean,
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
import { checkSources, namesOf } from '../discovery/create-resolver.js';
import { type ServerGenerator, serverGenerator } from '../discovery/generated-resolver.js';
import { REPORT_INTERVAL } from '../observe/drop-counter.js';
import { type Registry, registryOption, requireListening } from '../discovery/registry.js';
import { RESOLVE_INTERVAL } from '../discovery/names/name-resolver.js';
import { type CodecOptions, codecOptions } from '../cbor/codec.js';
import { type Affinity, keysOfCalls, subsetOf, zoneName } from './balancing-options.js';
import { type RemoteInterceptor, interceptorList } from './remote-interceptor.js';

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
   * the least busy of those that are up. PUB sends to all of them.
   */
  connect?: string | readonly string[];
  /**
   * Finds the servers, instead of `connect`: an async generator, each list of which takes the place of
   * the one before.
   */
  resolve?: ServerGenerator;
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
  /**
   * Where a PUB that binds is registered while it is open: `etcd({ … })`, or a registry of your own. Default:
   * nowhere.
   */
  register?: Registry;
  /**
   * Calls that may run twice: all of them (`true`), those of some methods, or those of which a function
   * of the method says so. Such a call is repeated at another server once its own is lost, within its
   * timeout. A pattern that is an object is the text that Nest makes of it. Default false.
   */
  idempotent?: boolean | readonly string[] | ((method: string) => boolean);
  /**
   * What stands between callers and calls: each is called with every request and event, the first is the
   * nearest to the caller. Default none.
   */
  interceptors?: RemoteInterceptor | readonly RemoteInterceptor[];
  /**
   * The most servers that the client has links to at a time. Of more servers each client chooses its own,
   * so that all are linked equally often. Default 100, with `affinity` none; 0 means all.
   */
  subset?: number;
  /** Where this client stands: servers of the same zone get its calls, as long as one of them takes any. */
  zone?: string;
  /**
   * Milliseconds in which a server that has come up gets from a tenth of its share of the calls to its
   * whole share. Default 0: it has its whole share at once.
   */
  slowStart?: number;
  /**
   * The key of a call: those of one key go to the same server, for all clients that know the same servers
   * by the same addresses; undefined where any server will do. Where that server is down, another one
   * takes its place. Default none.
   */
  affinity?: Affinity;
  /** Limits of the codec. */
  codec?: CodecOptions;
  /** Whether the extension of the protocol is used: headers, streams, cancellation. Default true. */
  extension?: boolean;
  /** How much may wait. What is above it fails at once with `RESOURCE_EXHAUSTED`. */
  limits?: Partial<ClientLimits>;
  /**
   * What carries `tcp://` and `ipc://`: `'zeromq'` is libzmq, `'net'` speaks its protocol over
   * `node:net`. Default `'zeromq'`; with `security` `'net'`.
   */
  engine?: Engine;
  /**
   * Encrypts what is sent: `curveClient({ … })`, for PUB that binds `curveServer({ … })`, for `udp://`
   * `udpKey({ … })`. `'none'` says that everybody who can reach the addresses of `bind` may read what
   * is published, and keeps the client from warning of that. Default none, with the warning.
   */
  security?: SecurityOption;
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

const NO_METHODS = (): boolean => false;

const CLIENT_OPTIONS = {
  connect: optional(texts, []),
  resolve: serverGenerator,
  bind: optional(texts, []),
  socket: optional(socketType, 'dealer'),
  address: routingId,
  identity: routingId,
  timeout: optional(milliseconds, 5000),
  heartbeat: optional(milliseconds, 5000),
  resolveInterval: optional(milliseconds, RESOLVE_INTERVAL),
  register: registryOption,
  idempotent: optional(methods, NO_METHODS),
  interceptors: optional(interceptorList, []),
  subset: integer(0),
  zone: zoneName,
  slowStart: optional(milliseconds, 0),
  affinity: keysOfCalls,
  codec: codecOptions,
  extension: optional(boolean, true),
  limits,
  engine: oneOf(...ENGINES),
  security: securityOption,
  socketOptions: record<SocketOptions>,
  datagramOptions,
  reportInterval: optional(milliseconds, REPORT_INTERVAL),
} satisfies SchemaOf<RemoteClientOptions>;

/** {@link RemoteClientOptions} checked, with every default filled in. */
export interface ResolvedClientOptions extends Resolved<typeof CLIENT_OPTIONS> {
  engine: Engine;
  subset: number;
}

/**
 * Checks a client's options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function resolveClientOptions(options: RemoteClientOptions): ResolvedClientOptions {
  const checked = resolveOptions(CLIENT_OPTIONS, options, { hints: transportHints('connect') });
  const engine = engineOf(checked.engine, checked.security);
  const resolved = { ...checked, engine, subset: subsetOf(checked) };
  checkSecurityFits({ ...resolved, connect: namesOf(resolved) });
  checkCombination(resolved);
  return resolved;
}

function limits(option: string, value: Partial<ClientLimits> | undefined): ClientLimits {
  return resolveOptions(LIMITS, record(option, value), { prefix: `${option}.`, noun: 'limit' });
}

/** What says of a method whether it is one of those that an option names. */
function methods(
  option: string,
  value: RemoteClientOptions['idempotent'],
): ((method: string) => boolean) | undefined {
  if (value === undefined || typeof value === 'function') {
    return value;
  }
  if (typeof value === 'boolean') {
    return () => value;
  }
  if (!Array.isArray(value) || !value.every((method) => typeof method === 'string')) {
    throw optionError(option, value, 'give true, a list of methods, or a function of the method');
  }
  const names: ReadonlySet<string> = new Set(value);
  return (method) => names.has(method);
}

function checkCombination({
  socket,
  connect,
  resolve,
  bind,
  address,
  identity,
  register,
}: ResolvedClientOptions): void {
  checkSources({ connect, resolve });
  if (socket === 'dealer' && bind.length > 0) {
    throw socketTypeError(
      "a bound DEALER deals its requests to all that are connected; give connect, or socket: 'pub'",
      { bind },
    );
  }
  if (connect.length + bind.length === 0 && !resolve) {
    throw optionError('connect', undefined, "give the server's address, such as 'tcp://host:port'");
  }
  const isDatagramOnly = !resolve && connect.every((server) => server.startsWith('udp://'));
  if (socket === 'dealer' && isDatagramOnly && address) {
    throw optionError('address', address.toString(), 'leave it out: no router speaks UDP');
  }
  if (socket === 'pub' && identity) {
    throw optionError('identity', identity.toString(), 'leave it out: PUB has none');
  }
  requireListening(register, bind);
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
