/** The share of the latest measurement. */
const SHARE = 1 / 8;

/** How long a measurement counts, in milliseconds: what was slow is tried again after that. */
const VALIDITY = 10_000;

interface ServiceTime {
  readonly mean: number;
  readonly measuredAt: number;
  readonly least: number;
  readonly leastMeasuredAt: number;
}

const UNMEASURED: ServiceTime = {
  mean: 0,
  measuredAt: -Infinity,
  least: 0,
  leastMeasuredAt: -Infinity,
};

/** How long handlers take to respond, by method, as measured. */
export class ServiceTimes {
  private readonly times = new Map<string, ServiceTime>();

  /** The mean of a method in milliseconds; 0 where it was not measured lately. */
  of(method: string, now: number): number {
    const time = this.times.get(method);
    return time && now - time.measuredAt < VALIDITY ? time.mean : 0;
  }

  /** The shortest time of a method in milliseconds; 0 where it was not measured lately. */
  leastOf(method: string, now: number): number {
    const time = this.times.get(method);
    return time && now - time.leastMeasuredAt < VALIDITY ? time.least : 0;
  }

  /**
   * @param method that has a handler: what callers make up must not be kept
   * @param isCutShort whether it would have taken longer, had its time not been up
   */
  add(method: string, duration: number, now: number, isCutShort = false): void {
    const mean = this.of(method, now);
    const time = {
      ...(this.times.get(method) ?? UNMEASURED),
      mean: mean === 0 ? duration : mean + (duration - mean) * SHARE,
      measuredAt: now,
    };
    const least = this.leastOf(method, now);
    const isLeast = !isCutShort && (least === 0 || duration <= least);
    this.times.set(method, isLeast ? { ...time, least: duration, leastMeasuredAt: now } : time);
  }
}
