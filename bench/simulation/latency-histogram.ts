/** Bins of a factor of two: each is 4.4 % wider than the one before. */
const BINS_PER_OCTAVE = 16;

/** What is shorter is in the first bin, in milliseconds. */
const LEAST = 0.1;

/** Counts times in bins that grow with them. */
export class LatencyHistogram {
  private readonly bins: number[] = [];
  private count = 0;

  /** @param time milliseconds */
  add(time: number): void {
    const bin = Math.max(0, Math.floor(Math.log2(time / LEAST) * BINS_PER_OCTAVE));
    while (this.bins.length <= bin) {
      this.bins.push(0);
    }
    this.bins[bin] = (this.bins[bin] as number) + 1;
    this.count++;
  }

  /** The middle of the bin in which a part of the times ends; 0 where there are none. */
  percentile(part: number): number {
    let left = this.count * part;
    for (const [bin, count] of this.bins.entries()) {
      left -= count;
      if (left <= 0 && count > 0) {
        return LEAST * 2 ** ((bin + 0.5) / BINS_PER_OCTAVE);
      }
    }
    return 0;
  }
}
