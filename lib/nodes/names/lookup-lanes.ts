/** Finds the IP addresses of a name, in the order in which the system prefers them. */
export type NameLookup = (name: string) => Promise<readonly string[]>;

/** How many lookups run at once, of those that have been quick so far, and in all. */
const MOST_QUICK = 2;
const MOST = 3;

/** A lookup that takes longer makes its name a slow one, in milliseconds. */
const SLOW = 1000;

/** How a name was answered the last time; `new` means never. */
type Pace = 'quick' | 'new' | 'slow';

/** Which names come first of those that wait. */
const PRECEDENCE: readonly Pace[] = ['quick', 'new', 'slow'];

/** A lookup that waits for its place. */
interface Waiting {
  readonly name: string;
  begin(): void;
}

/**
 * Limits how many lookups run at once. One that is slow leaves its place to others while it goes on, so
 * that name servers that are silent do not hold up the names of others. Of the names that are known to
 * be slow one is looked up at a time. Lookups of one name that coincide share their work.
 */
export class LookupLanes {
  private waiting: Waiting[] = [];
  private readonly running = { quick: 0, slow: 0 };
  private readonly paces = new Map<string, 'quick' | 'slow'>();
  private readonly underWay = new Map<string, Promise<readonly string[]>>();

  constructor(private readonly ask: NameLookup) {}

  lookup(name: string): Promise<readonly string[]> {
    const shared = this.underWay.get(name);
    if (shared) {
      return shared;
    }
    const found = new Promise<readonly string[]>((resolve) => {
      this.waiting.push({ name, begin: () => resolve(this.run(name)) });
    }).finally(() => this.underWay.delete(name));
    this.underWay.set(name, found);
    this.beginNext();
    return found;
  }

  /** Begins the lookups that there is room for. */
  private beginNext(): void {
    for (const pace of PRECEDENCE) {
      for (const next of this.waiting.filter(({ name }) => this.paceOf(name) === pace)) {
        if (this.hasRoom(pace)) {
          this.waiting = this.waiting.filter((other) => other !== next);
          this.running[laneOf(pace)]++;
          next.begin();
        }
      }
    }
  }

  private hasRoom(pace: Pace): boolean {
    const { quick, slow } = this.running;
    return quick + slow < MOST && (pace === 'slow' ? slow === 0 : quick < MOST_QUICK);
  }

  /** Looks a name up that has a place in its lane. */
  private async run(name: string): Promise<readonly string[]> {
    let lane = laneOf(this.paceOf(name));
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      this.paces.set(name, 'slow');
      this.running[lane]--;
      lane = 'slow';
      this.running[lane]++;
      this.beginNext();
    }, SLOW).unref();
    try {
      return await this.ask(name);
    } finally {
      clearTimeout(timer);
      this.paces.set(name, isSlow ? 'slow' : 'quick');
      this.running[lane]--;
      this.beginNext();
    }
  }

  private paceOf(name: string): Pace {
    return this.paces.get(name) ?? 'new';
  }
}

function laneOf(pace: Pace): 'quick' | 'slow' {
  return pace === 'slow' ? 'slow' : 'quick';
}
