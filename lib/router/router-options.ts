import { parseAddress } from '../nodes/address.js';
import type { SendQueueLimits } from '../nodes/sending/send-limits.js';
import type { SocketOptions } from '../nodes/create-node.js';
import { optionError } from '../errors/option-error.js';
import { checkNames, record, texts, wholeNumber } from '../options/option-check.js';

/** Where a router logs which peers connect and disconnect, and what it drops. Nest's `Logger` is one. */
export interface RouterLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Options of a `Router`. */
export interface RouterOptions {
  /** Where it binds for clients: one address or a list. */
  frontend: string | readonly string[];
  /** Where it binds for services: one address or a list. */
  backend: string | readonly string[];
  /**
   * Options of zeromq.js for both sockets, by its own names. `maxMessageSize`, the most bytes of one
   * frame, is 64 MiB unless given, as for clients and services.
   */
  socketOptions?: SocketOptions;
  /** How much may wait, on each side, for peers that take nothing. The rest is dropped. */
  limits?: SendQueueLimits;
  /** Default: the console. `false` keeps it quiet. */
  logger?: RouterLogger | false;
}

/** {@link RouterOptions} checked, with every default filled in. */
export interface ResolvedRouterOptions {
  frontend: readonly string[];
  backend: readonly string[];
  socketOptions: SocketOptions;
  limits: SendQueueLimits;
  logger: RouterLogger | undefined;
}

const NAMES = [
  'frontend',
  'backend',
  'socketOptions',
  'limits',
  'logger',
] as const satisfies readonly (keyof RouterOptions)[];

const LIMITS = [
  'maxMessages',
  'maxBytes',
  'maxHeldMessages',
  'maxHeldBytes',
] as const satisfies readonly (keyof SendQueueLimits)[];

/** The most bytes of one frame, as in the codec of clients and services. */
const MAX_FRAME = 64 * 1024 * 1024;

/**
 * Checks a router's options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function resolveRouterOptions(options: RouterOptions): ResolvedRouterOptions {
  checkNames(options, NAMES, {
    bind: 'a router has two sides: give frontend and backend',
    connect: 'a router binds: give frontend and backend',
  });
  return {
    frontend: side('frontend', options.frontend),
    backend: side('backend', options.backend),
    socketOptions: {
      maxMessageSize: MAX_FRAME,
      ...record('socketOptions', options.socketOptions),
    },
    limits: checkLimits(record('limits', options.limits)),
    logger: checkLogger(options.logger),
  };
}

function checkLimits(limits: Readonly<Record<string, unknown>>): SendQueueLimits {
  const checked: SendQueueLimits = {};
  for (const [name, value] of Object.entries(limits)) {
    const limit = LIMITS.find((known) => known === name);
    if (limit === undefined) {
      const known = LIMITS.join(', ');
      throw optionError(`limits.${name}`, value, `there is no such limit; there are ${known}`);
    }
    if (value !== undefined) {
      checked[limit] = wholeNumber(`limits.${name}`, value, 0);
    }
  }
  return checked;
}

function checkLogger(logger: RouterLogger | false | undefined): RouterLogger | undefined {
  if (logger === undefined) {
    return console;
  }
  if (logger === false) {
    return undefined;
  }
  const given = Object(logger) as Record<string, unknown>;
  if (['log', 'warn', 'error'].some((method) => typeof given[method] !== 'function')) {
    throw optionError('logger', logger, 'give an object with log, warn and error, or false');
  }
  return logger;
}

function side(option: 'frontend' | 'backend', value: unknown): readonly string[] {
  const addresses = texts(option, value);
  if (addresses === undefined) {
    throw optionError(option, value, "give an address to bind, such as 'tcp://127.0.0.1:6000'");
  }
  for (const address of addresses) {
    parseAddress(address, option);
  }
  return addresses;
}
