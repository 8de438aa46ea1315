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
  milliseconds,
  oneOf,
  record,
  routingId,
  texts,
  transportHints,
  wholeNumber,
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
import { type QueueOptions, queueOptions } from './calls/queue-limits.js';
import { type ServerLimitOptions, serverLimits } from './server-limits.js';

/** Options of a `RemoteServer`. */
export interface RemoteServerOptions {
  /** Where clients find this server: one address or a list. ROUTER, or SUB with `socket: 'sub'`. */
  bind?: string | readonly string[];
  /** The routers (DEALER) or publishers (SUB) to connect to: one address or a list. */
  connect?: string | readonly string[];
  /**
   * Finds the routers (DEALER) or publishers (SUB), instead of `connect`: an async generator, each list
   * of which takes the place of the one before.
   */
  resolve?: ServerGenerator;
  /** `'router'` with `bind`, `'dealer'` with `connect`, or `'sub'` for events by topic. */
  socket?: 'router' | 'dealer' | 'sub';
  /** DEALER: the name under which routers know this service. */
  identity?: string | Uint8Array;
  /** SUB: prefixes of the topics to take. Default: those of the event handlers. */
  topics?: string | readonly string[];
  /**
   * Milliseconds that a handler has until its first value; 0 means no limit. Default: none for callers
   * that say how long they wait, and 30,000 for base peers, which cannot.
   */
  timeout?: number;
  /**
   * Milliseconds of silence after which a client with open streams is asked whether it is there. After
   * three such spans without any message its streams end. Clients that do not use the extension have
   * no streams. Default 5000; 0 means none.
   */
  heartbeat?: number;
  /**
   * Milliseconds that `close` waits for responses before it cancels their handlers. Default 5000;
   * 0 means no limit.
   */
  shutdownTimeout?: number;
  /**
   * How many handlers run at once. Calls above that wait in the queue; those that could not be begun
   * in time are refused at once. Default 0, no limit.
   */
  concurrency?: number;
  /** How much may wait for a slot of `concurrency`. */
  queue?: QueueOptions;
  /** How much its peers can take of it, whatever else they do. */
  limits?: ServerLimitOptions;
  /**
   * Milliseconds that the event loop may be late. While it is later twice in a row, new calls are
   * refused. Default 500; 0 means no limit.
   */
  maxLoopDelay?: number;
  /**
   * Milliseconds between two lookups of a host name to connect to. All its addresses get links of their
   * own, as they come and go. Default 30,000; 0 means that it is looked up again only when a link is lost.
   */
  resolveInterval?: number;
  /**
   * Where a server that binds is registered while it listens: `etcd({ … })`, or a registry of your own. It is
   * given back before the server drains. Default: nowhere.
   */
  register?: Registry;
  /** Limits of the codec. */
  codec?: CodecOptions;
  /** Whether the extension of the protocol is used: headers, streams, cancellation. Default true. */
  extension?: boolean;
  /** Whether callers may ask what this server serves. Default false. */
  reflection?: boolean;
  /**
   * What carries `tcp://` and `ipc://`: `'zeromq'` is libzmq, `'net'` speaks its protocol over
   * `node:net`. Default `'zeromq'`; with `security` `'net'`.
   */
  engine?: Engine;
  /**
   * Encrypts what is sent and lets only known peers in: `curveServer({ … })` with `bind`,
   * `curveClient({ … })` with `connect`, `udpKey({ … })` for `udp://`. `'none'` says that everybody who
   * can reach the server may use it, and keeps it from warning of that. Default none, with the warning.
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
  /** The transport that `@MessagePattern(pattern, transport)` names. Default `REMOTE_TRANSPORT`. */
  transportId?: symbol;
}

const SERVER_OPTIONS = {
  bind: optional(texts, []),
  connect: optional(texts, []),
  resolve: serverGenerator,
  socket: socketType,
  identity: routingId,
  topics: texts,
  timeout: limit,
  heartbeat: optional(milliseconds, 5000),
  shutdownTimeout: optional(milliseconds, 5000),
  concurrency: optional(wholeNumber, 0),
  queue: queueOptions,
  limits: serverLimits,
  maxLoopDelay: optional(milliseconds, 500),
  resolveInterval: optional(milliseconds, RESOLVE_INTERVAL),
  register: registryOption,
  codec: codecOptions,
  extension: optional(boolean, true),
  reflection: optional(boolean, false),
  engine: oneOf(...ENGINES),
  security: securityOption,
  socketOptions: record<SocketOptions>,
  datagramOptions,
  reportInterval: optional(milliseconds, REPORT_INTERVAL),
  transportId,
} satisfies SchemaOf<RemoteServerOptions>;

type ServerSocket = NonNullable<RemoteServerOptions['socket']>;

/** {@link RemoteServerOptions} checked, with every default filled in. */
export interface ResolvedServerOptions extends Resolved<typeof SERVER_OPTIONS> {
  /** Default: `'router'` with `bind`, else `'dealer'`. */
  socket: ServerSocket;
  engine: Engine;
}

/**
 * Checks a server's options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function resolveServerOptions(options: RemoteServerOptions): ResolvedServerOptions {
  const checked = resolveOptions(SERVER_OPTIONS, options, { hints: transportHints('bind') });
  const socket = checked.socket ?? (checked.bind.length > 0 ? 'router' : 'dealer');
  const resolved = { ...checked, socket, engine: engineOf(checked.engine, checked.security) };
  checkSecurityFits({ ...resolved, connect: namesOf(resolved) });
  checkCombination(resolved);
  return resolved;
}

function checkCombination({
  socket,
  bind,
  connect,
  resolve,
  identity,
  topics,
  register,
}: ResolvedServerOptions): void {
  checkSources({ connect, resolve });
  if (bind.length + connect.length === 0 && !resolve) {
    throw optionError('bind', undefined, "give an address to listen on, such as 'tcp://host:port'");
  }
  if (socket === 'router' && (connect.length > 0 || resolve)) {
    throw socketTypeError('a ROUTER server binds; give bind, or connect alone for a DEALER', {
      connect,
    });
  }
  if (socket === 'dealer' && bind.length > 0) {
    throw socketTypeError('a bound DEALER deals its responses to the wrong clients; give connect', {
      bind,
    });
  }
  if (socket === 'dealer' && identity === undefined) {
    throw optionError(
      'identity',
      undefined,
      "give bind to listen; with connect, a router's address, also give identity, " +
        'the name under which routers know this service',
    );
  }
  if (socket !== 'dealer' && identity !== undefined) {
    throw optionError('identity', identity.toString(), `leave it out: ${socket} needs none`);
  }
  if (socket !== 'sub' && topics !== undefined) {
    throw optionError('topics', topics, "leave it out, or give socket: 'sub'");
  }
  requireListening(register, bind);
}

function socketType(option: string, value: ServerSocket | undefined): ServerSocket | undefined {
  const given: unknown = value;
  if (given === 'pub') {
    throw socketTypeError("a server is 'router', 'dealer' or 'sub'; pub is for a client", {
      socket: given,
    });
  }
  return oneOf('router', 'dealer', 'sub')(option, value);
}

/** A span of time in milliseconds, without a default. */
function limit(option: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : milliseconds(option, value, 0);
}

function transportId(option: string, value: symbol | undefined): symbol | undefined {
  if (value !== undefined && typeof value !== 'symbol') {
    throw optionError(option, value, 'give a symbol');
  }
  return value;
}
