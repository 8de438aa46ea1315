/**
 * Finds the addresses that a client connects to.
 *
 * It calls back instead of giving an `AsyncIterable`: addresses that are known are there before
 * `watch` returns. So a client with fixed addresses refuses a wrong one when it is made, and opens
 * its links in the same turn as the call that needs them.
 */
export interface Resolver {
  /**
   * Watches the addresses.
   *
   * @param changed gets all addresses: now, where they are known, and whenever they have changed
   * @returns ends the watch; `changed` is not called afterwards
   */
  watch(changed: (addresses: readonly string[]) => void): () => void;
}

/** Addresses that never change. */
export class StaticResolver implements Resolver {
  constructor(private readonly addresses: readonly string[]) {}

  watch(changed: (addresses: readonly string[]) => void): () => void {
    changed(this.addresses);
    return () => undefined;
  }
}
