import { parseAddress } from '../nodes/address.js';
import type { ServerRecord } from './server-record.js';

/**
 * Finds the servers that a client or a server connects to.
 *
 * It calls back instead of giving an `AsyncIterable`: addresses that are known are there before
 * `watch` returns. So a client with fixed addresses opens its links in the same turn as the call that
 * needs them.
 *
 * A source that is down changes nothing: the servers that were known stay.
 */
export interface Resolver {
  /**
   * Watches the servers. There is one watch at a time.
   *
   * @param changed gets all servers: now, those that are known, and whenever they have changed
   * @returns ends the watch; `changed` is not called afterwards
   */
  watch(changed: (servers: readonly ServerRecord[]) => void): () => void;

  /** An address is lost or cannot be reached: its name may lead elsewhere by now. */
  refresh?(): void;

  /** There is a connection to an address that it has given. */
  reached?(address: string): void;

  /** An attempt to connect to an address that it has given has failed: its name may have others. */
  unreachable?(address: string): void;
}

/** Addresses that never change. */
export class StaticResolver implements Resolver {
  private readonly servers: readonly ServerRecord[];

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for a text that is no address */
  constructor(addresses: readonly string[]) {
    this.servers = addresses.map((text) => ({ address: parseAddress(text, 'connect').text }));
  }

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    changed(this.servers);
    return () => undefined;
  }
}
