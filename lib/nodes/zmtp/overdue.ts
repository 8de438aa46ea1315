/**
 * A time by which something must have come.
 *
 * Where this process was too busy to read, what waits in the system is read first: the time is over
 * only if it is not there either.
 */
export class Overdue {
  private timer: NodeJS.Timeout | undefined;
  private check: NodeJS.Immediate | undefined;

  /** @param callback is called when the time is over, and {@link stop} was not */
  constructor(private readonly callback: () => void) {}

  /** Starts, or starts anew. @param milliseconds 0 means no limit */
  start(milliseconds: number): void {
    this.stop();
    if (milliseconds > 0) {
      this.timer = setTimeout(() => {
        this.check = setImmediate(this.callback);
      }, milliseconds);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    clearImmediate(this.check);
  }
}
