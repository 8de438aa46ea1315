/** The share of the latest measurement. */
const SHARE = 1 / 8;

/** How long a measurement counts, in milliseconds: what was slow is tried again after that. */
const VALIDITY = 10_000;

/** How long handlers take to respond, by method, as measured. */
export class ServiceTimes {
  private readonly times = new Map<string, { mean: number; measuredAt: number }>();

  /** The mean of a method in milliseconds; 0 where it was not measured lately. */
  of(method: string, now: number): number {
    const time = this.times.get(method);
    return time && now - time.measuredAt < VALIDITY ? time.mean : 0;
  }

  /** @param method that has a handler: what callers make up must not be kept */
  add(method: string, duration: number, now: number): void {
    const mean = this.of(method, now);
    this.times.set(method, {
      mean: mean === 0 ? duration : mean + (duration - mean) * SHARE,
      measuredAt: now,
    });
  }
}
