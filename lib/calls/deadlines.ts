/** Something whose time may run out. */
export interface Timed {
  /** When, on the clock of `performance.now()`; 0 where it never does, or not any more. */
  dueAt: number;
}

/**
 * Notices whose time is up, with one timer for all of them: set to the next that was due when it was
 * last looked. Most end long before, so that it hardly ever goes off; a timer for each would be 5 % of
 * the work of a call.
 *
 * It does not keep the process alive, which the socket of whoever waits does.
 */
export class Deadlines<Item extends Timed> {
  private timer: NodeJS.Timeout | undefined;
  /** When the timer goes off. */
  private nextLook = Infinity;

  /**
   * @param items all whose time may run out
   * @param expired is told whose time is up; their `dueAt` is 0 then
   */
  constructor(
    private readonly items: () => readonly Item[],
    private readonly expired: (item: Item) => void,
  ) {}

  /** Takes care of an item, after its `dueAt` was set. */
  watch({ dueAt }: Item): void {
    if (dueAt < this.nextLook) {
      this.lookAt(dueAt, performance.now());
    }
  }

  /** Forgets about all of them. */
  stop(): void {
    clearTimeout(this.timer);
    this.nextLook = Infinity;
  }

  private lookAt(time: number, now: number): void {
    clearTimeout(this.timer);
    this.nextLook = time;
    this.timer = setTimeout(this.look, Math.max(1, Math.ceil(time - now))).unref();
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
    if (next < Infinity) {
      this.lookAt(next, now);
    }
    for (const item of due) {
      // Whoever was told before may have ended it.
      if (item.dueAt !== 0) {
        item.dueAt = 0;
        this.expired(item);
      }
    }
  };
}
