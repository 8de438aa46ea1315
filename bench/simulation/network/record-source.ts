import type { ServerRecord } from '../../../lib/discovery/server-record.js';
import type { Resolver } from '../../../lib/discovery/resolver.js';
import type { SeededRandom } from '../time/seeded-random.js';
import type { VirtualTime } from '../time/virtual-time.js';

/** How long news takes to a client, in milliseconds: what comes meanwhile comes with it. */
const NEWS = { least: 5, spread: 45 };

/** A client finds the source again so long after it is back, in milliseconds, at most. */
const RECONNECTING = 2000;

/** How long the record of a server stays that does not renew its lease, in milliseconds. */
export const LEASE = 10_000;

/** Keeps the records of servers, as etcd does: each has a lease, and clients are told of changes. */
export class RecordSource {
  private current: readonly ServerRecord[] = [];
  private readonly watches = new Set<RecordWatch>();
  private isUp = true;
  /** What happens once it is up again. */
  private postponed: (() => void)[] = [];

  constructor(
    private readonly time: VirtualTime,
    private readonly random: SeededRandom,
  ) {}

  get records(): readonly ServerRecord[] {
    return this.current;
  }

  /** A server registers, now or when the source is up again. */
  register(added: readonly ServerRecord[]): void {
    this.whenUp(() => this.change([...this.current, ...added]));
  }

  /** Servers give their leases back. */
  revoke(addresses: ReadonlySet<string>): void {
    this.whenUp(() => this.change(this.current.filter(({ address }) => !addresses.has(address))));
  }

  /** Servers do not renew their leases: their records go when these are over. */
  forsake(addresses: ReadonlySet<string>): void {
    this.time.after(LEASE, () => this.revoke(addresses));
  }

  /** It does not respond to anybody, and no lease runs out. */
  stop(): void {
    this.isUp = false;
  }

  /** It has what it had. Servers and clients find it again by and by. */
  restart(): void {
    this.isUp = true;
    const { postponed } = this;
    this.postponed = [];
    postponed.forEach((run) => this.time.after(this.random.next() * RECONNECTING, run));
  }

  /** The resolver of a client. */
  resolver(): Resolver {
    return {
      watch: (changed) => {
        const watch = new RecordWatch(this, changed);
        this.watches.add(watch);
        changed(this.current);
        return () => this.watches.delete(watch);
      },
    };
  }

  /** Tells a client of the records, soon. */
  tell(watch: RecordWatch): void {
    const { least, spread } = NEWS;
    this.time.after(least + this.random.next() * spread, () => {
      if (this.isUp) {
        watch.told();
      } else {
        this.whenUp(() => watch.told());
      }
    });
  }

  private change(records: readonly ServerRecord[]): void {
    this.current = records;
    this.watches.forEach((watch) => watch.hasChanged());
  }

  private whenUp(run: () => void): void {
    if (this.isUp) {
      run();
    } else {
      this.postponed.push(run);
    }
  }
}

/** What one client is told. */
class RecordWatch {
  private isBeingTold = false;

  constructor(
    private readonly source: RecordSource,
    private readonly changed: (records: readonly ServerRecord[]) => void,
  ) {}

  hasChanged(): void {
    if (!this.isBeingTold) {
      this.isBeingTold = true;
      this.source.tell(this);
    }
  }

  told(): void {
    this.isBeingTold = false;
    this.changed(this.source.records);
  }
}
