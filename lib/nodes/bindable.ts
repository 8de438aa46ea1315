import { type Address, hasName, withHost } from './address.js';
import { bindError } from './bind-error.js';
import { lookupOne } from './names/name-lookup.js';

/**
 * An address that can be bound without a name server.
 *
 * @param signal ends the wait for a name server
 * @throws {RemoteCallError} `UNAVAILABLE` naming the address whose name is unknown
 */
export async function toBindable(address: Address, signal: AbortSignal): Promise<Address> {
  if (!hasName(address)) {
    return address;
  }
  try {
    return withHost(address, await lookupOne(address.host, signal));
  } catch (cause) {
    throw bindError(address.text, cause);
  }
}
