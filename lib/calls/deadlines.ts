/** Something whose time may run out. */
export interface Timed {
  /** When, on the clock of `performance.now()`; 0 where it never does, or not any more. */
  readonly dueAt: number;
}

/** How many times as long as a look at all items has taken the next one is put off at least. */
const REST = 10;

/**
 * Notices items whose time is up, with one timer for all of them: it is set to the next that was due
 * at the last look. Most items end long before, so that it rarely fires; a timer for each would be 5 %
 * of the work of a call.
 *
 * Callers choose their times, and may choose them so that something is due in every millisecond.
 * Looking takes a tenth of the time at most then, and among very many items some are noticed late.
 *
 * It does not keep the process alive: the sockets of those that wait do.
 */
export class Deadlines<Item extends Timed> {
  private timer: NodeJS.Timeout | undefined;
  /** When the timer goes off. */
  private nextLook = Infinity;
  /** When the next look may be at the earliest. */
  private restsUntil = 0;

  /**
   * @param items all whose time may run out, in any order
   * @param expired ends an item whose time is up, after which its `dueAt` is 0 or lies ahead. Those
   *   that were due first come first
   */
  constructor(
    private readonly items: () => readonly Item[],
    private readonly expired: (item: Item) => void,
  ) {}

  /** Watches an item, after its `dueAt` was set. */
  watch({ dueAt }: Item): void {
    if (dueAt < this.nextLook) {
      this.lookAt(dueAt, performance.now());
    }
  }

  /** Forgets all items. */
  stop(): void {
    clearTimeout(this.timer);
    this.nextLook = Infinity;
  }

  private lookAt(dueAt: number, now: number): void {
    const time = Math.max(dueAt, this.restsUntil);
    if (time < this.nextLook) {
      clearTimeout(this.timer);
      this.nextLook = time;
      this.timer = setTimeout(this.look, Math.max(1, Math.ceil(time - now))).unref();
    }
  }

  private readonly look = (): void => {
    const now = performance.now();
    this.nextLook = Infinity;
    let next = Infinity;
    const due: Item[] = [];
    for (const item of this.items()) {
      if (item.dueAt === 0) {
        continue;
      }
      if (item.dueAt <= now) {
        due.push(item);
      } else {
        next = Math.min(next, item.dueAt);
      }
    }
    this.restsUntil = now + REST * (performance.now() - now);
    if (next < Infinity) {
      this.lookAt(next, now);
    }
    for (const item of due.toSorted((one, other) => one.dueAt - other.dueAt)) {
      // The end of one may have ended others.
      if (item.dueAt !== 0) {
        this.expired(item);
      }
    }
  };
}
