import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { LookupLanes, type NameLookup } from './lookup-lanes.js';

const lanes = new LookupLanes(async (name) => {
  const records = await lookup(name, { all: true });
  return [...new Set(records.map(({ address }) => address))];
});

/**
 * Looks a name up as every other program of this system does: in `/etc/hosts`, by name servers, or
 * whatever else it is told to ask.
 *
 * A few lookups at most run at once: each takes one of the four threads that Node has for files, and
 * does not give it back while a name server is silent.
 *
 * @returns at least one address
 * @throws the system's error, whose `code` says what is wrong, such as `ENOTFOUND`
 */
export const lookupName: NameLookup = (name) => lanes.lookup(name);

/**
 * The one address of a name that one binds to or, by datagrams, sends to: its first IPv4 address or,
 * where it has none, its first address.
 *
 * @param signal ends the wait for a name server
 * @throws what {@link lookupName} throws, or the reason of the signal
 */
export async function lookupOne(name: string, signal: AbortSignal): Promise<string> {
  const found = await beforeAbort(lookupName(name), signal);
  return found.find((address) => isIPv4(address)) ?? (found[0] as string);
}

function beforeAbort<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
