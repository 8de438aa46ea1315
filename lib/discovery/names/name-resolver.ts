import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, hasName, parseAddress } from '../../nodes/address.js';
import type { NameLookup } from '../../nodes/names/lookup-lanes.js';
import { NameChoice, type NameUse } from './name-choice.js';
import { lookupName } from '../../nodes/names/name-lookup.js';
import { NameWatch } from './name-watch.js';
import type { Resolver } from '../resolver.js';
import type { ServerRecord } from '../server-record.js';

/** How often a name is looked up unless another interval is given, in milliseconds. */
export const RESOLVE_INTERVAL = 30_000;

/** Options of a {@link NameResolver}. */
export interface NameResolverOptions {
  /** Milliseconds between two lookups of a name; 0 for none unless an address is lost. */
  interval: number;
  /** What a name stands for: whoever it would be wrong to reach twice. Default `all`. */
  use?: NameUse;
  /** A name cannot be looked up. It keeps the addresses that it had. */
  failed: (error: RemoteCallError) => void;
  /** Default: as the system does. */
  lookup?: NameLookup;
}

/** Puts IP addresses of its name in the place of each address, as the name changes. */
export class NameResolver implements Resolver {
  private readonly addresses: readonly Address[];
  private watches: readonly NameWatch[] = [];
  private choices: readonly NameChoice[] = [];

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for a text that is no address */
  constructor(
    addresses: readonly string[],
    private readonly options: NameResolverOptions,
  ) {
    this.addresses = addresses.map((text) => parseAddress(text, 'connect'));
  }

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    const { interval, use = 'all', lookup = lookupName, failed } = this.options;
    let latest: string | undefined;
    const publish = (): void => {
      const texts = [...new Set(entries.flatMap((entry) => entry.texts))];
      if (texts.join() !== latest) {
        latest = texts.join();
        changed(texts.map((address) => ({ address })));
      }
    };
    const entries = this.addresses.map((address) =>
      hasName(address) ? new NameChoice(address, use, publish) : { texts: [address.text] },
    );
    const choices = entries.filter((entry) => entry instanceof NameChoice);
    const watches = [...new Set(choices.map(({ name }) => name))].map((name) => {
      const found = (ips: readonly string[]): void => {
        choices.filter((choice) => choice.name === name).forEach((choice) => choice.found(ips));
        publish();
      };
      return new NameWatch(name, interval, lookup, { failed, found });
    });
    this.watches = watches;
    this.choices = choices;
    publish();
    return () => {
      [...watches, ...choices].forEach((part) => part.close());
    };
  }

  refresh(): void {
    this.watches.forEach((watch) => watch.refresh());
  }

  reached(address: string): void {
    this.choices.forEach((choice) => choice.reached(address));
  }

  unreachable(address: string): void {
    this.choices.forEach((choice) => choice.unreachable(address));
  }
}
