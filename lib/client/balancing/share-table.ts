/** Draws places by their shares. */
export class ShareTable {
  /** Whether all have the same share. */
  readonly isEven: boolean;
  /** The sums of the shares up to each place, and its own. */
  private readonly sums: readonly number[];

  /** @param shares each above 0 */
  constructor(shares: readonly number[]) {
    let sum = 0;
    // No Float64Array: to make one costs more than all else that a change of shares does.
    this.sums = shares.map((share) => (sum += share));
    this.isEven = shares.every((share) => share === shares[0]);
  }

  /** @param random from 0 to 1, below 1 */
  draw(random: number): number {
    const { sums } = this;
    const last = sums.length - 1;
    if (this.isEven) {
      return Math.floor(random * sums.length);
    }
    const target = random * (sums[last] as number);
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] as number) > target) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
