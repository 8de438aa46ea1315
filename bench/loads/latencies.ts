import { percentile } from '../statistics.js';

/** Enough for percentiles that hold still, and small beside what the transports use. */
const CAPACITY = 2 ** 17;

/** Keeps the latest latencies, in ms, without allocating while calls are measured. */
export class Latencies {
  private readonly values = new Float64Array(CAPACITY);
  private count = 0;

  add(milliseconds: number): void {
    this.values[this.count++ % CAPACITY] = milliseconds;
  }

  /** @returns microseconds */
  percentile(part: number): number {
    return percentile(this.values.subarray(0, Math.min(this.count, CAPACITY)), part) * 1000;
  }
}
