/**
 * How many bytes of unfinished messages all connections of a socket hold together. Above the limit
 * the one that holds the most has to end.
 */
export class UnfinishedMessages<Holder> {
  private readonly held = new Map<Holder, number>();
  private total = 0;

  /**
   * @param limit bytes
   * @param end ends a holder, which is not counted any more
   */
  constructor(
    private readonly limit: number,
    private readonly end: (holder: Holder) => void,
  ) {}

  /** A holder has so many bytes; 0 where its message is finished, or it has ended. */
  hold(holder: Holder, bytes: number): void {
    this.total += bytes - (this.held.get(holder) ?? 0);
    if (bytes > 0) {
      this.held.set(holder, bytes);
    } else {
      this.held.delete(holder);
    }
    while (this.total > this.limit) {
      const largest = this.largest();
      this.hold(largest, 0);
      this.end(largest);
    }
  }

  /** There is one where the total is above the limit. */
  private largest(): Holder {
    const [first, ...others] = this.held;
    return others.reduce(
      (one, other) => (other[1] > one[1] ? other : one),
      first as [Holder, number],
    )[0];
  }
}
