import type { LoadResult, LoadTimes } from '../measurement.js';
import { Latencies } from './latencies.js';

/** The least number of responses to measure, however long they take. */
const FEWEST = 4;

/** Counts and times calls: all of them, and those after the ramp for the result. */
export class CallMeter {
  /** Calls that got their response. */
  completed = 0;
  /** Calls that ended in an error. */
  lost = 0;

  private readonly latencies = new Latencies();
  private readonly measuresFrom: number;
  private readonly endsAt: number;
  private measured = -1;
  private firstAt = 0;
  private lastAt = 0;

  constructor({ ramp, duration }: LoadTimes) {
    this.measuresFrom = performance.now() + ramp;
    this.endsAt = this.measuresFrom + duration;
  }

  /** Whether no further call should begin. */
  isOver(now: number): boolean {
    return now >= this.endsAt && this.measured + this.lost >= FEWEST;
  }

  /**
   * The first response after the ramp starts the clock instead of being counted, so that a case of
   * few, long calls has no part of a call at either end.
   */
  responded(startedAt: number, now: number): void {
    this.completed++;
    if (now < this.measuresFrom || this.isOver(now)) {
      return;
    }
    this.latencies.add(now - startedAt);
    if (++this.measured === 0) {
      this.firstAt = now;
    }
    this.lastAt = now;
  }

  result(isStalled: boolean): LoadResult {
    const seconds = (this.lastAt - this.firstAt) / 1000;
    return {
      rate: this.measured > 0 && seconds > 0 ? this.measured / seconds : 0,
      p50: this.latencies.percentile(0.5),
      p99: this.latencies.percentile(0.99),
      completed: this.completed,
      lost: this.lost,
      isStalled,
    };
  }
}
