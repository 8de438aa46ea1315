import type { RemoteCallError } from '../errors/remote-call.error.js';
import type { Address } from './address.js';

/** What could be read of a list of addresses. */
export interface ReadableAddresses {
  readonly addresses: readonly Address[];
  /** What is wrong with the first one that could not be read; undefined where all could. */
  readonly problem: RemoteCallError | undefined;
}

/**
 * Reads a list of addresses without letting those that cannot be used stand in the way of the others.
 *
 * @param read throws a {@link RemoteCallError} for an address that cannot be used
 */
export function readableAddresses(
  texts: readonly string[],
  read: (text: string) => Address,
): ReadableAddresses {
  let problem: RemoteCallError | undefined;
  const addresses = texts.flatMap((text) => {
    try {
      return read(text);
    } catch (error) {
      problem ??= error as RemoteCallError;
      return [];
    }
  });
  return { addresses, problem };
}
