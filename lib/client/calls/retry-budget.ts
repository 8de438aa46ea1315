/** The share of the calls that may be repeated. */
const SHARE = 0.1;

/** How many may be repeated before any call has earned it: a client that has just begun may lose some. */
const RESERVE = 100;

/** How many may be repeated at once, however many calls were made. */
const MOST = 1000;

/**
 * Limits how many calls are repeated to a share of all, so that servers with too much to do do not get
 * more for it. A token bucket, as in gRPC and Finagle.
 */
export class RetryBudget {
  private tokens = RESERVE;

  /** A call was made that may be repeated. */
  earn(): void {
    this.tokens = Math.min(this.tokens + SHARE, MOST);
  }

  /** Spends a repetition; false where nothing is left for one. */
  spend(): boolean {
    if (this.tokens < 1) {
      return false;
    }
    this.tokens--;
    return true;
  }
}
