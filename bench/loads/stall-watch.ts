const CHECK_EVERY = 250;
/** Longer than Nest TCP takes for 8 MiB of binary, even on a busy machine. */
const STALLED_AFTER = 10_000;

/** Watches a number that should rise, and reports once if it no longer does. */
export class StallWatch {
  private readonly timer: NodeJS.Timeout;
  private seen = -1;
  private seenAt = 0;

  constructor(progress: () => number, stalled: () => void) {
    this.timer = setInterval(() => {
      const now = performance.now();
      if (progress() !== this.seen) {
        this.seen = progress();
        this.seenAt = now;
      } else if (now - this.seenAt > STALLED_AFTER) {
        this.stop();
        stalled();
      }
    }, CHECK_EVERY);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
