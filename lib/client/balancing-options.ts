import { optionError } from '../errors/option-error.js';

/**
 * Gives the key of a call; undefined where any server will do.
 *
 * @param args positional: one argument of `send` or `emit` is the first
 */
export type Affinity = (method: string, args: readonly unknown[]) => string | undefined;

/**
 * The most links of a client, unless another number is given. A server without a link to any client is
 * idle, so it is many: a few clients still reach all servers of a large service, and each keeps far away
 * from the sockets that libzmq can have in a process.
 */
const SUBSET = 100;

/** What decides to how many servers a client has links. */
interface BalancingOptions {
  readonly socket: 'dealer' | 'pub';
  readonly subset: number | undefined;
  readonly affinity: Affinity | undefined;
}

/** The most links that a client has at a time; 0 means one to each server. */
export function subsetOf({ socket, subset, affinity }: BalancingOptions): number {
  if (socket === 'pub') {
    const wrong = Object.entries({ subset, affinity }).find(([, value]) => value !== undefined);
    if (wrong) {
      throw optionError(...wrong, 'leave it out: PUB sends to all servers');
    }
    return 0;
  }
  if (affinity && subset) {
    const remedy = 'leave it out: a key has its server among all, so with affinity all are linked';
    throw optionError('subset', subset, remedy);
  }
  return affinity ? 0 : (subset ?? SUBSET);
}

export function zoneName(option: string, value: string | undefined): string | undefined {
  const given: unknown = value;
  if (given !== undefined && (typeof given !== 'string' || given === '')) {
    throw optionError(option, given, "give a text, such as 'eu-west-1a'");
  }
  return value;
}

/** Checks the keys that a function gives. */
export function keysOfCalls(option: string, value: Affinity | undefined): Affinity | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'function') {
    throw optionError(option, value, 'give a function, such as (method, [user]) => user.id');
  }
  return (method, args) => {
    const key: unknown = value(method, args);
    if (key !== undefined && typeof key !== 'string') {
      throw optionError(
        `${option}('${method}')`,
        key,
        'return a text, or undefined for any server',
      );
    }
    return key;
  };
}
