import type { SocketOptions } from '../nodes/socket-options.js';
import { checkNames, optionError, record, texts } from '../options/option-check.js';

/** Where a router writes who came and went, and what it dropped. Nest's `Logger` is one. */
export interface RouterLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Options of a `Router`. */
export interface RouterOptions {
  /** Where clients find it: one address or a list. */
  frontend: string | readonly string[];
  /** Where services find it: one address or a list. */
  backend: string | readonly string[];
  /** Options of zeromq.js for both sockets, by its own names. */
  socketOptions?: SocketOptions;
  /** Default: the console. `false` keeps it quiet. */
  logger?: RouterLogger | false;
}

/** {@link RouterOptions} checked, with every default filled in. */
export interface ResolvedRouterOptions {
  frontend: readonly string[];
  backend: readonly string[];
  socketOptions: SocketOptions;
  logger: RouterLogger | undefined;
}

const NAMES = [
  'frontend',
  'backend',
  'socketOptions',
  'logger',
] as const satisfies readonly (keyof RouterOptions)[];

/**
 * Checks a router's options.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and what would be right
 */
export function resolveRouterOptions(options: RouterOptions): ResolvedRouterOptions {
  checkNames(options, NAMES, {
    bind: 'a router has two sides: give frontend and backend',
    connect: 'a router binds: give frontend and backend',
  });
  return {
    frontend: side('frontend', options.frontend),
    backend: side('backend', options.backend),
    socketOptions: record('socketOptions', options.socketOptions),
    logger: options.logger === false ? undefined : (options.logger ?? console),
  };
}

function side(option: 'frontend' | 'backend', value: unknown): readonly string[] {
  const addresses = texts(option, value);
  if (addresses === undefined) {
    throw optionError(option, value, "give an address to bind, such as 'tcp://127.0.0.1:6000'");
  }
  return addresses;
}
