/** How often the event loop is looked at while calls come, in milliseconds. */
const PERIOD = 20;

/** The share of a call's time that the event loop may be late. */
const SHARE = 2 / 3;

/** So many calls in one turn of the loop show that more of them wait to be read. */
const FULL_TURN = 100;

/** A shorter delay is no reason to refuse a call, in milliseconds: every event loop has some. */
const ORDINARY = 100;

/**
 * Watches how late the event loop is, by a timer that runs while calls come.
 *
 * Handlers that compute keep the loop busy, and with it all other calls, however few handlers run. One
 * long delay says little: the next calls are quick again. Two in a row say that more comes than is done,
 * as long as anything is left to do: work that has ended delays nobody.
 */
export class LoopDelay {
  private timer: NodeJS.Timeout | undefined;
  private dueAt = 0;
  /** How late the timer was, the last time and the time before. */
  private last = 0;
  private beforeLast = 0;
  /** When the first call since then came; 0 where none did. */
  private firstAt = 0;
  /** How many calls came since then. */
  private arrived = 0;
  /** Whether the turn before was full of calls. */
  private wasFull = false;
  /** Whether nothing has been left to do since the last call came. */
  private isDone = false;

  /**
   * @param limit milliseconds that the loop may be late; 0 means no limit
   * @param clock gives the time in milliseconds
   */
  constructor(
    private readonly limit: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /**
   * Whether the event loop is too late to begin a call: twice in a row by more than the limit or two
   * thirds of the call's time while other calls are there, or by those two thirds since the first call
   * of this turn.
   *
   * @param timeout milliseconds that the call has; `Infinity` means no limit
   * @param isBusy whether other calls run or wait
   */
  isTooLate(timeout: number, isBusy: boolean): boolean {
    if (this.limit === 0) {
      return false;
    }
    const now = this.clock();
    this.watch(now);
    const present = now - this.firstAt;
    const share = Math.max(timeout * SHARE, ORDINARY);
    if (present > share) {
      return true;
    }
    const limit = Math.min(this.limit, share);
    const hasMore = isBusy || this.wasFull;
    return hasMore && this.last > limit && Math.max(present, this.beforeLast) > limit;
  }

  /** Nothing is left to do: what came before delays no later call, unless more waits to be read. */
  allDone(): void {
    this.isDone = true;
    if (!this.wasFull) {
      this.last = this.beforeLast = 0;
    }
  }

  /** Forgets what was seen. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.last = this.beforeLast = this.firstAt = this.arrived = 0;
    this.wasFull = false;
  }

  private watch(now: number): void {
    if (this.firstAt === 0) {
      this.firstAt = now;
    }
    this.arrived++;
    this.isDone = false;
    if (!this.timer) {
      this.schedule(now, PERIOD);
    }
  }

  private schedule(now: number, period: number): void {
    this.dueAt = now + period;
    this.timer = setTimeout(this.look, period).unref();
  }

  private readonly look = (): void => {
    const now = this.clock();
    if (this.firstAt === 0) {
      this.stop();
      return;
    }
    const late = now - this.dueAt;
    this.wasFull = this.arrived >= FULL_TURN;
    this.beforeLast = this.last;
    this.last = this.isDone && !this.wasFull ? 0 : late;
    this.firstAt = this.arrived = 0;
    // Late, it looks again as soon as what has come meanwhile was read: calls are refused no longer.
    this.schedule(now, late > ORDINARY ? 1 : PERIOD);
  };
}
