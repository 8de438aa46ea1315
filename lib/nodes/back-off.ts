/** By how much of itself a delay may be longer or shorter, so that clients do not all come at once. */
const JITTER = 0.2;

/** The bounds of a {@link BackOff}, in milliseconds. */
export interface BackOffLimits {
  /** The first delay. */
  readonly least: number;
  /** No delay is longer. It is `least` where that is more. */
  readonly most: number;
}

/** How attempts slow down, unless other limits are given. */
export const BACK_OFF: BackOffLimits = { least: 15, most: 2000 };

/**
 * How long to wait before the next attempt: twice as long after each failure, within limits, give or
 * take a fifth.
 *
 * @param failures how many attempts have failed since the last success, from 1
 * @param random a number from 0 to 1, which chooses within the fifth
 * @returns milliseconds
 */
export function backOffDelay(
  failures: number,
  { least, most }: BackOffLimits,
  random: number,
): number {
  const delay = Math.min(least * 2 ** (failures - 1), Math.max(least, most));
  return delay * (1 + JITTER * (2 * random - 1));
}

/** Slows attempts down while they fail. */
export class BackOff {
  private failures = 0;
  private delay = 0;

  constructor(
    private readonly limits: BackOffLimits = BACK_OFF,
    private readonly random: () => number = Math.random,
  ) {}

  /** An attempt has failed. @returns milliseconds until the next one */
  failed(): number {
    this.failures++;
    return (this.delay = backOffDelay(this.failures, this.limits, this.random()));
  }

  /** An attempt has succeeded: the next failures begin anew. */
  succeeded(): void {
    this.failures = 0;
  }

  /**
   * What an attempt led to is lost. The delays begin anew, unless that was no sooner there than gone.
   *
   * @param lasted how long it was there, in milliseconds
   * @returns milliseconds until the next attempt
   */
  lost(lasted: number): number {
    if (lasted > this.delay) {
      this.succeeded();
    }
    return this.failed();
  }
}
