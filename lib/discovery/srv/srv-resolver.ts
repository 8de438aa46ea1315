import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { LookupWatch, type Looked } from '../lookup-watch.js';
import type { NameUse } from '../names/name-choice.js';
import { ServerChoices } from '../names/server-choices.js';
import type { Resolver } from '../resolver.js';
import type { ServerRecord } from '../server-record.js';
import { createAsk } from './name-servers.js';
import { type SrvFound, SrvLookup, type SrvServer } from './srv-lookup.js';
import { readSrvSource } from './srv-source.js';

/** The bounds of the time between two looks, in milliseconds, whatever the records say. */
const LEAST_INTERVAL = 1000;
const MOST_INTERVAL = 24 * 60 * 60 * 1000;

/** Options of an {@link SrvResolver}. */
export interface SrvResolverOptions {
  /** The most milliseconds between two looks; 0 leaves it to the records. */
  readonly interval: number;
  /** Which addresses of a host are used at a time. */
  readonly use: NameUse;
  /** A look has failed. The servers that were known stay. */
  readonly failed: (error: RemoteCallError) => void;
}

/** Finds servers by SRV records, and looks again when the shortest time of these is over. */
export class SrvResolver implements Resolver {
  private readonly lookup: SrvLookup;
  private watching: LookupWatch<readonly SrvServer[]> | undefined;
  private choices: ServerChoices | undefined;

  /**
   * @param source `dns+srv://name` or `dns+srv://host:port/name`
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for another text
   */
  constructor(
    source: string,
    private readonly options: SrvResolverOptions,
  ) {
    const { name, authority } = readSrvSource(source, 'connect');
    this.lookup = new SrvLookup(name, createAsk(authority));
  }

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    const { use, failed } = this.options;
    const choices = new ServerChoices(use, changed);
    choices.publish();
    const watch = new LookupWatch(this.lookup.name, (signal) => this.look(signal), {
      failed,
      found: (servers) => {
        choices.replace(servers.map(recordOf));
        servers.forEach(({ host, ips }) => choices.found(host, ips));
        choices.publish();
      },
    });
    this.watching = watch;
    this.choices = choices;
    return () => {
      watch.close();
      choices.close();
    };
  }

  refresh(): void {
    this.lookup.expire();
    this.watching?.refresh();
  }

  reached(address: string): void {
    this.choices?.reached(address);
  }

  unreachable(address: string): void {
    this.choices?.unreachable(address);
  }

  private async look(signal: AbortSignal): Promise<Looked<readonly SrvServer[]>> {
    const { servers, ttl, problems } = await this.lookup.look(signal);
    return { found: servers, interval: this.intervalOf(ttl), problems };
  }

  private intervalOf(ttl: SrvFound['ttl']): number {
    const { interval } = this.options;
    return Math.min(interval || MOST_INTERVAL, Math.max(LEAST_INTERVAL, ttl * 1000));
  }
}

function recordOf({ host, port, priority, weight }: SrvServer): ServerRecord {
  return { address: `tcp://${host}:${port}`, priority, weight };
}
