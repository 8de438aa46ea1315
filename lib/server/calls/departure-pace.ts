/** In how many milliseconds the measure loses half of its weight. */
const HALF_LIFE = 1000;

/** Measures how fast calls leave a queue while any wait in it; times are on one clock, in milliseconds. */
export class DeparturePace {
  /** How long calls have waited in line lately, and how many have left it for a slot meanwhile. */
  private busyTime = 0;
  private departures = 0;
  /** Since when the next departure is awaited. */
  private awaitedSince = 0;

  /** How many milliseconds pass from one departure to the next; 0 where none was measured. */
  get interval(): number {
    return this.departures > 0 ? this.busyTime / this.departures : 0;
  }

  /** The first call has come to an empty queue. */
  begin(now: number): void {
    this.awaitedSince = now;
  }

  /** Old departures lose their weight with time, not with number: one slow call does not count for long. */
  departed(now: number): void {
    const elapsed = now - this.awaitedSince;
    const weight = 0.5 ** (elapsed / HALF_LIFE);
    this.busyTime = this.busyTime * weight + elapsed;
    this.departures = this.departures * weight + 1;
    this.awaitedSince = now;
  }
}
