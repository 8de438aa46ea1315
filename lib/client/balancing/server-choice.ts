import type { ServerRecord } from '../../discovery/server-record.js';
import { tiersOf } from './server-tiers.js';
import type { Subset } from './subset.js';

/** Which of the servers that are known a client links to at present. */
export class ServerChoice {
  private known: readonly ServerRecord[] = [];
  private current: readonly ServerRecord[] = [];
  /** The addresses of those that cannot be reached at present. */
  private readonly down = new Set<string>();

  /** @param zone the own one; undefined makes no difference between zones */
  constructor(
    private readonly subset: Subset,
    private readonly zone: string | undefined,
  ) {}

  /** Those to link to. */
  get chosen(): readonly ServerRecord[] {
    return this.current;
  }

  /** Whether others are known. */
  get isPartial(): boolean {
    return this.current.length < this.known.length;
  }

  /** Other servers are known. */
  update(servers: readonly ServerRecord[]): void {
    this.known = servers;
    const addresses = new Set(servers.map(({ address }) => address));
    for (const address of this.down) {
      if (!addresses.has(address)) {
        this.down.delete(address);
      }
    }
    this.choose();
  }

  /** A server is up. @returns whether others are chosen for that */
  up(address: string): boolean {
    return this.down.delete(address) && this.choose();
  }

  /** A server cannot be reached. @returns whether others are chosen for that */
  unreachable(address: string): boolean {
    if (this.down.has(address)) {
      return false;
    }
    this.down.add(address);
    return this.choose();
  }

  private choose(): boolean {
    const before = this.current;
    this.current = this.subset.choose(tiersOf(this.known, this.zone), ({ address }) =>
      this.down.has(address),
    );
    const { current } = this;
    return (
      current.length !== before.length || current.some((server, index) => server !== before[index])
    );
  }
}
