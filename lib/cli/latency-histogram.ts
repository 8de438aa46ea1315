import { createHistogram } from 'node:perf_hooks';

/** The latencies of calls: exact enough for percentiles, and counted in steps for a picture. */
export class LatencyHistogram {
  private readonly values = createHistogram();
  /** How many latencies are at most so many milliseconds, and more than the step before. */
  private readonly steps = new Map<number, number>();

  get count(): number {
    return this.values.count;
  }

  /** @param milliseconds that a call took */
  add(milliseconds: number): void {
    this.values.record(Math.max(1, Math.round(milliseconds * 1_000_000)));
    const step = stepOf(milliseconds);
    this.steps.set(step, (this.steps.get(step) ?? 0) + 1);
  }

  /** In milliseconds; undefined where there is none. */
  get summary(): Record<'min' | 'mean' | 'p50' | 'p90' | 'p99' | 'max', number> | undefined {
    const { values } = this;
    if (values.count === 0) {
      return undefined;
    }
    return {
      min: toMilliseconds(values.min),
      mean: toMilliseconds(values.mean),
      p50: toMilliseconds(values.percentile(50)),
      p90: toMilliseconds(values.percentile(90)),
      p99: toMilliseconds(values.percentile(99)),
      max: toMilliseconds(values.max),
    };
  }

  /** The steps that have calls, in order: latencies up to `milliseconds`. */
  get buckets(): { milliseconds: number; calls: number }[] {
    return [...this.steps]
      .toSorted(([one], [other]) => one - other)
      .map(([milliseconds, calls]) => ({ milliseconds, calls }));
  }
}

/** The least of 1, 2, 5, 10, 20 … that is not below a latency; the steps begin at 0.01. */
function stepOf(milliseconds: number): number {
  const power = 10 ** Math.max(-2, Math.floor(Math.log10(milliseconds)));
  const factor = [1, 2, 5, 10].find((step) => milliseconds <= step * power) ?? 10;
  return Number((factor * power).toPrecision(1));
}

function toMilliseconds(nanoseconds: number): number {
  return Number((nanoseconds / 1_000_000).toFixed(3));
}
