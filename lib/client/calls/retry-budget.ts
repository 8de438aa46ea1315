/** What a repetition costs in calls: a tenth of them may be repeated. */
const PRICE = 10;

/** What there is before any call has earned it: a client that has just begun may lose some. */
const RESERVE = 100 * PRICE;

/** What is kept at most, however many calls were made. */
const MOST = 1000 * PRICE;

/**
 * Limits how many calls are repeated to a share of all, so that servers with too much to do do not get
 * more for it. A token bucket, as in gRPC and Finagle.
 */
export class RetryBudget {
  private tokens = RESERVE;

  /** A call was made that may be repeated. */
  earn(): void {
    this.tokens = Math.min(this.tokens + 1, MOST);
  }

  /** Spends a repetition; false where nothing is left for one. */
  spend(): boolean {
    if (this.tokens < PRICE) {
      return false;
    }
    this.tokens -= PRICE;
    return true;
  }
}
