import { type Registry, registryOption, requireListening } from '../discovery/registry.js';
import { parseAddress } from '../nodes/address.js';
import {
  ENGINES,
  type Engine,
  type SendQueueLimits,
  type SocketOptions,
} from '../nodes/create-node.js';
import type { CurveSecurity, SecurityOption } from '../nodes/security.js';
import { checkSecurityFits, engineOf, securityOption } from '../nodes/security-option.js';
import { optionError } from '../errors/option-error.js';
import { REPORT_INTERVAL } from '../observe/drop-counter.js';
import { integer, milliseconds, oneOf, record, texts } from '../options/option-check.js';
import {
  type Resolved,
  type SchemaOf,
  optional,
  resolveOptions,
} from '../options/option-schema.js';

/** Where a router logs which peers connect and disconnect, and what it drops. Nest's `Logger` is one. */
export interface RouterLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The most bytes of one frame, as in the codec of clients and services. */
const MAX_FRAME = 64 * 1024 * 1024;

/** What protects one side of a router. */
type SideSecurity = CurveSecurity | 'none';

/** Options of a `Router`. */
export interface RouterOptions {
  /** Where it binds for clients: one address or a list. */
  frontend: string | readonly string[];
  /** Where it binds for services: one address or a list. */
  backend: string | readonly string[];
  /**
   * What carries `tcp://` and `ipc://`: `'zeromq'` is libzmq, `'net'` speaks its protocol over
   * `node:net`. Default `'zeromq'`; with `security` `'net'`.
   */
  engine?: Engine;
  /**
   * Encrypts the links of both sides and lets only known peers in: `curveServer({ … })`. `'none'` says
   * that everybody who can reach the router may use it, and keeps it from warning of that. With
   * `{ frontend, backend }` each side has its own, so that no client can be a service. Default none,
   * with the warning.
   */
  security?: SideSecurity | { readonly frontend: SideSecurity; readonly backend: SideSecurity };
  /**
   * Where the sides are registered while the router is open, for clients and for services to find it:
   * `{ frontend: etcd({ … }), backend: etcd({ … }) }`, each under a name of its own. Default: nowhere.
   */
  register?: { readonly frontend?: Registry; readonly backend?: Registry };
  /**
   * Options of zeromq.js for both sockets, by its own names. `maxMessageSize`, the most bytes of one
   * frame, is 64 MiB unless given, as for clients and services.
   */
  socketOptions?: SocketOptions;
  /** How much may wait, on each side, for peers that take nothing. The rest is dropped. */
  limits?: SendQueueLimits;
  /**
   * The least milliseconds between two logs of drops for one reason. Default 10,000; 0 logs each.
   */
  reportInterval?: number;
  /** Default: the console. `false` keeps it quiet. */
  logger?: RouterLogger | false;
}

const ROUTER_OPTIONS = {
  frontend: side,
  backend: side,
  engine: oneOf(...ENGINES),
  security: sidesSecurity,
  register: sidesRegistries,
  socketOptions,
  limits,
  reportInterval: optional(milliseconds, REPORT_INTERVAL),
  logger,
} satisfies SchemaOf<RouterOptions>;

const LIMITS: SchemaOf<SendQueueLimits> = {
  maxMessages: integer(0),
  maxBytes: integer(0),
  maxHeldMessages: integer(0),
  maxHeldBytes: integer(0),
};

/** {@link RouterOptions} checked, with every default filled in. */
export interface ResolvedRouterOptions extends Resolved<typeof ROUTER_OPTIONS> {
  engine: Engine;
}

/**
 * Checks a router's options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function resolveRouterOptions(options: RouterOptions): ResolvedRouterOptions {
  const checked = resolveOptions(ROUTER_OPTIONS, options, {
    hints: {
      bind: 'a router has two sides: give frontend and backend',
      connect: 'a router binds: give frontend and backend',
    },
  });
  const { security } = checked;
  for (const name of ['frontend', 'backend'] as const) {
    checkSecurityFits({ ...checked, security: security[name], bind: checked[name], connect: [] });
    requireListening(checked.register[name], checked[name]);
  }
  const isSecured = security.frontend && security.frontend !== 'none';
  const engine = engineOf(checked.engine, isSecured ? security.frontend : security.backend);
  return { ...checked, engine };
}

/** What protects each side; undefined where it is left out. */
interface SidesSecurity {
  readonly frontend: SecurityOption | undefined;
  readonly backend: SecurityOption | undefined;
}

function sidesSecurity(option: string, value: RouterOptions['security']): SidesSecurity {
  if (typeof value !== 'object' || !('frontend' in value && 'backend' in value)) {
    const security = securityOption(option, value);
    return { frontend: security, backend: security };
  }
  const { frontend, backend } = value;
  return {
    frontend: securityOption(`${option}.frontend`, frontend),
    backend: securityOption(`${option}.backend`, backend),
  };
}

const REGISTRIES = { frontend: registryOption, backend: registryOption } satisfies SchemaOf<
  NonNullable<RouterOptions['register']>
>;

function sidesRegistries(
  option: string,
  value: RouterOptions['register'],
): Resolved<typeof REGISTRIES> {
  if (typeof Object(value).register === 'function') {
    const remedy =
      'give { frontend: etcd({ … }), backend: etcd({ … }) }: each side has a name of its own';
    throw optionError(option, 'a registry', remedy);
  }
  const wording = { prefix: `${option}.`, noun: 'side' };
  return resolveOptions(REGISTRIES, record(option, value), wording);
}

function side(option: string, value: string | readonly string[]): readonly string[] {
  const addresses = texts(option, value);
  if (addresses === undefined) {
    throw optionError(option, value, "give an address to bind, such as 'tcp://127.0.0.1:6000'");
  }
  for (const address of addresses) {
    parseAddress(address, option);
  }
  return addresses;
}

function socketOptions(option: string, value: SocketOptions | undefined): SocketOptions {
  return { maxMessageSize: MAX_FRAME, ...record(option, value) };
}

function limits(option: string, value: SendQueueLimits | undefined): SendQueueLimits {
  const wording = { prefix: `${option}.`, noun: 'limit' };
  return resolveOptions(LIMITS, record(option, value), wording) as SendQueueLimits;
}

function logger(option: string, value: RouterLogger | false | undefined): RouterLogger | undefined {
  if (value === undefined) {
    return console;
  }
  if (value === false) {
    return undefined;
  }
  const given = Object(value) as Record<string, unknown>;
  if (['log', 'warn', 'error'].some((method) => typeof given[method] !== 'function')) {
    throw optionError(option, value, 'give an object with log, warn and error, or false');
  }
  return value;
}
