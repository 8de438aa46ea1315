import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { NameLookup } from '../../nodes/names/lookup-lanes.js';
import { lookupName } from '../../nodes/names/name-lookup.js';
import { LookupWatch } from '../lookup-watch.js';
import type { Resolver } from '../resolver.js';
import type { ServerRecord } from '../server-record.js';
import type { NameUse } from './name-choice.js';
import { ServerChoices } from './server-choices.js';

/** How often a name is looked up unless another interval is given, in milliseconds. */
export const RESOLVE_INTERVAL = 30_000;

/** Options of a {@link NameResolver}. */
export interface NameResolverOptions {
  /** Milliseconds between two lookups of a name; 0 for none unless an address is lost. */
  readonly interval: number;
  /** What a name stands for: whoever it would be wrong to reach twice. Default `all`. */
  readonly use?: NameUse;
  /** A name cannot be looked up. It keeps the addresses that it had. */
  readonly failed: (error: RemoteCallError) => void;
  /** Default: as the system does. */
  readonly lookup?: NameLookup;
}

/**
 * Puts IP addresses of its name in the place of each address of a source, as the name changes. The source
 * learns what becomes of its own addresses.
 */
export class NameResolver implements Resolver {
  private readonly watches = new Map<string, LookupWatch<readonly string[]>>();
  private choices: ServerChoices | undefined;

  /** @param source gives addresses, which may have names */
  constructor(
    private readonly source: Resolver,
    private readonly options: NameResolverOptions,
  ) {}

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    const choices = new ServerChoices(this.options.use ?? 'all', changed);
    this.choices = choices;
    const unwatch = this.source.watch((servers) => {
      choices.replace(servers);
      choices.publish();
      this.follow(choices);
    });
    return () => {
      unwatch();
      choices.close();
      this.watches.forEach((watch) => watch.close());
      this.watches.clear();
    };
  }

  refresh(): void {
    this.source.refresh?.();
    this.watches.forEach((watch) => watch.refresh());
  }

  reached(address: string): void {
    this.choices?.reached(address).forEach((own) => this.source.reached?.(own));
  }

  unreachable(address: string): void {
    this.choices?.unreachable(address).forEach((own) => this.source.unreachable?.(own));
  }

  /** Watches the names that there are. */
  private follow(choices: ServerChoices): void {
    const { names } = choices;
    for (const [name, watch] of this.watches) {
      if (!names.has(name)) {
        watch.close();
        this.watches.delete(name);
      }
    }
    for (const name of names) {
      if (!this.watches.has(name)) {
        this.watches.set(name, this.watchName(name, choices));
      }
    }
  }

  private watchName(name: string, choices: ServerChoices): LookupWatch<readonly string[]> {
    const { interval, lookup = lookupName, failed } = this.options;
    return new LookupWatch(name, async () => ({ found: await lookup(name), interval }), {
      failed,
      found: (ips) => {
        choices.found(name, ips);
        choices.publishSoon();
      },
    });
  }
}
