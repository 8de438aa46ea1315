/** Something whose time may run out. */
export interface Timed {
  /** When, on the clock of `performance.now()`; 0 where it never does, or not any more. */
  readonly dueAt: number;
}

/**
 * Notices items whose time is up, with one timer for all of them: it is set to the next that was due
 * at the last look. Most items end long before, so that it rarely fires; a timer for each would be 5 %
 * of the work of a call.
 *
 * It does not keep the process alive: the sockets of those that wait do.
 */
export class Deadlines<Item extends Timed> {
  private timer: NodeJS.Timeout | undefined;
  /** When the timer goes off. */
  private nextLook = Infinity;

  /**
   * @param items all whose time may run out
   * @param expired ends an item whose time is up, after which its `dueAt` is 0 or lies ahead
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
      // The end of one may have ended others.
      if (item.dueAt !== 0) {
        this.expired(item);
      }
    }
  };
}
