import { BADRESP, NODATA } from 'node:dns';
import type { Response } from './dns-message.js';
import { isDomainName } from './domain-name.js';
import { type Ask, dnsError } from './name-servers.js';
import { type SrvTarget, type Told, addressesOf, targetsOf } from './srv-answer.js';

/** A server with its IP addresses, those of IPv4 first. */
export interface SrvServer extends SrvTarget {
  readonly ips: readonly string[];
}

/** What a look has found. */
export interface SrvFound {
  readonly servers: readonly SrvServer[];
  /** Seconds until something of it may be different. */
  readonly ttl: number;
  /** What is wrong with hosts of the service. Those that had addresses before keep them. */
  readonly problems: readonly NodeJS.ErrnoException[];
}

/** The addresses of a host, and when they run out on the clock of `performance.now()`. */
interface KnownHost {
  readonly ips: readonly string[];
  readonly until: number;
}

/** How long a host of which no address was found is not asked for again, in milliseconds. */
const MISSING_TIME = 5000;

/** How many hosts are asked for at once. */
const MOST_AT_ONCE = 8;

/** Looks for the servers of a service. Addresses of its hosts are asked for again once their time is over. */
export class SrvLookup {
  private hosts: ReadonlyMap<string, KnownHost> = new Map();

  constructor(
    readonly name: string,
    private readonly ask: Ask,
  ) {}

  /** The next look asks for all addresses. */
  expire(): void {
    this.hosts = new Map([...this.hosts].map(([host, { ips }]) => [host, { ips, until: 0 }]));
  }

  /** @returns rejects with an error as those of `node:dns` where not one server is found */
  async look(signal: AbortSignal): Promise<SrvFound> {
    const response = await this.ask({ name: this.name, type: 'SRV' }, signal);
    const targets = targetsOf(response, this.name);
    if (!targets) {
      throw dnsError(NODATA, `${this.name} has no SRV records`);
    }
    const problems = targets.values
      .filter(({ port }) => port === 0)
      .map(({ host }) =>
        dnsError(BADRESP, `${this.name} has the port 0 of ${JSON.stringify(host)}`),
      );
    const hosts = new Map<string, KnownHost>();
    await forEach([...new Set(targets.values.map(({ host }) => host))], async (host) => {
      try {
        hosts.set(host, await this.find(host, response, signal));
      } catch (problem) {
        problems.push(problem as NodeJS.ErrnoException);
        const until = performance.now() + MISSING_TIME;
        hosts.set(host, { ips: this.hosts.get(host)?.ips ?? [], until });
      }
    });
    signal.throwIfAborted();
    const servers = targets.values.map((target) => ({
      ...target,
      ips: target.port > 0 ? (hosts.get(target.host)?.ips ?? []) : [],
    }));
    const [problem] = problems;
    if (problem && servers.every(({ ips }) => ips.length === 0)) {
      throw problem;
    }
    this.hosts = hosts;
    const left = [...hosts.values()].map(({ until }) => (until - performance.now()) / 1000);
    return { servers, ttl: Math.max(0, Math.min(targets.ttl, ...left)), problems };
  }

  private async find(host: string, response: Response, signal: AbortSignal): Promise<KnownHost> {
    const told = addressesOf([...response.additionals, ...response.answers], host);
    const known = this.hosts.get(host);
    if (!told && known && known.until > performance.now()) {
      return known;
    }
    const { values: ips, ttl } = told ?? (await this.askFor(host, signal));
    return { ips, until: performance.now() + ttl * 1000 };
  }

  private async askFor(host: string, signal: AbortSignal): Promise<Told<string>> {
    if (!isDomainName(host)) {
      throw dnsError(BADRESP, `${this.name} has ${JSON.stringify(host)}, which is no host`);
    }
    const results = await Promise.allSettled(
      (['A', 'AAAA'] as const).map((type) => this.ask({ name: host, type }, signal)),
    );
    const answers = results.flatMap((result) =>
      result.status === 'fulfilled' ? result.value.answers : [],
    );
    const told = addressesOf(answers, host);
    if (told) {
      return told;
    }
    throw (
      results.find((result) => result.status === 'rejected')?.reason ??
      dnsError(NODATA, `${host} has no addresses`)
    );
  }
}

/** Does something with each of many, with a few of them at once. It must not reject. */
async function forEach<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: MOST_AT_ONCE }, async () => {
      for (const item of left) {
        await work(item);
      }
    }),
  );
}
