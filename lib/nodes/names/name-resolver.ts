import { isIPv4 } from 'node:net';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, hasName, parseAddress, withHost } from '../address.js';
import type { NameLookup } from './lookup-lanes.js';
import { lookupName } from './name-lookup.js';
import { NameWatch } from './name-watch.js';
import type { Resolver } from './resolver.js';

/** How often a name is looked up unless another interval is given, in milliseconds. */
export const RESOLVE_INTERVAL = 30_000;

/** Options of a {@link NameResolver}. */
export interface NameResolverOptions {
  /** Milliseconds between two lookups of a name; 0 for none unless an address is lost. */
  interval: number;
  /**
   * Whether a name stands for its IPv4 addresses alone, if it has any: whoever it would be wrong to
   * reach twice.
   */
  oneFamily?: boolean;
  /** A name cannot be looked up. It keeps the addresses that it had. */
  failed: (error: RemoteCallError) => void;
  /** Default: as the system does. */
  lookup?: NameLookup;
}

/** Puts all IP addresses of its name in the place of each address, as the name changes. */
export class NameResolver implements Resolver {
  private readonly addresses: readonly Address[];
  private watches: readonly NameWatch[] = [];

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for a text that is no address */
  constructor(
    addresses: readonly string[],
    private readonly options: NameResolverOptions,
  ) {
    this.addresses = addresses.map((text) => parseAddress(text, 'connect'));
  }

  /** There is one watch at a time. */
  watch(changed: (addresses: readonly string[]) => void): () => void {
    const { interval, lookup = lookupName, failed } = this.options;
    const found = new Map<string, readonly string[]>();
    let latest = '';
    const names = new Set(this.addresses.filter(hasName).map(({ host }) => host));
    const watches = [...names].map(
      (name) =>
        new NameWatch(name, interval, lookup, {
          failed,
          found: (ips) => {
            found.set(name, this.wanted(ips));
            const texts = this.expand(found);
            if (texts.join() !== latest) {
              latest = texts.join();
              changed(texts);
            }
          },
        }),
    );
    this.watches = watches;
    const known = this.expand(found);
    latest = known.join();
    changed(known);
    return () => {
      watches.forEach((watch) => watch.close());
    };
  }

  refresh(): void {
    this.watches.forEach((watch) => watch.refresh());
  }

  private expand(found: ReadonlyMap<string, readonly string[]>): readonly string[] {
    const texts = this.addresses.flatMap((address) =>
      hasName(address)
        ? (found.get(address.host) ?? []).map((ip) => withHost(address, ip).text)
        : [address.text],
    );
    return [...new Set(texts)];
  }

  /** Sorted, because name servers give equal addresses in turn. */
  private wanted(ips: readonly string[]): readonly string[] {
    const ipv4 = this.options.oneFamily ? ips.filter((ip) => isIPv4(ip)) : [];
    return (ipv4.length > 0 ? ipv4 : ips).toSorted();
  }
}
