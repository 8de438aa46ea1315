/** Finds the IP addresses of a name, in the order in which the system prefers them. */
export type NameLookup = (name: string) => Promise<readonly string[]>;

/** How many lookups run at once: those of names that were slow the last time, and the others. */
const SLOW_LANE = 1;
const FAST_LANE = 2;

/** A lookup that takes longer makes its name a slow one, in milliseconds. */
const SLOW = 1000;

/** Lookups that run, and those that wait for them. */
class Lane {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly width: number) {}

  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.width) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    } else {
      this.running++;
    }
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) {
        next();
      } else {
        this.running--;
      }
    }
  }
}

/**
 * Limits how many lookups run at once. Names that are slow have a lane of their own, so that a name
 * server that is silent does not hold up the names of others. Lookups of one name that coincide share
 * their work.
 */
export class LookupLanes {
  private readonly fast = new Lane(FAST_LANE);
  private readonly slow = new Lane(SLOW_LANE);
  private readonly slowNames = new Set<string>();
  private readonly underWay = new Map<string, Promise<readonly string[]>>();

  /** @param now gives the time in milliseconds */
  constructor(
    private readonly ask: NameLookup,
    private readonly now: () => number = () => performance.now(),
  ) {}

  lookup(name: string): Promise<readonly string[]> {
    const shared = this.underWay.get(name);
    if (shared) {
      return shared;
    }
    const lane = this.slowNames.has(name) ? this.slow : this.fast;
    const found = lane.run(() => this.measure(name)).finally(() => this.underWay.delete(name));
    this.underWay.set(name, found);
    return found;
  }

  private async measure(name: string): Promise<readonly string[]> {
    const begun = this.now();
    try {
      return await this.ask(name);
    } finally {
      if (this.now() - begun > SLOW) {
        this.slowNames.add(name);
      } else {
        this.slowNames.delete(name);
      }
    }
  }
}
