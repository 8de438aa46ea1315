/** How long a reason stays quiet after it was reported, in milliseconds. */
const QUIET = 10_000;

/** How much of a detail is reported: a peer may have chosen it. */
const LONGEST_DETAIL = 300;

/** What a {@link DropCounter} reports, at a limited rate. */
export interface DropReport {
  reason: string;
  /** How many were dropped for this reason since its last report. */
  count: number;
  /** Something about the latest one. */
  detail: string;
}

/**
 * Counts what had to be dropped, by reason, and reports each reason at most every ten seconds, so
 * that a flood of bad input is seen without becoming a flood of logs.
 */
export class DropCounter {
  private readonly totals = new Map<string, number>();
  private readonly reported = new Map<string, { at: number; total: number }>();

  /** @param report is called for the first drop of a reason, and then after each quiet time */
  constructor(private readonly report: (report: DropReport) => void) {}

  /** How much was dropped, by reason. */
  get counts(): ReadonlyMap<string, number> {
    return this.totals;
  }

  /**
   * Counts one drop.
   *
   * @param reason one of a fixed set: never text that a peer chose
   * @param detail asked for only when this drop is reported
   */
  add(reason: string, detail: () => string = () => ''): void {
    const total = this.count(reason);
    const last = this.reported.get(reason);
    const now = performance.now();
    if (last === undefined || now - last.at >= QUIET) {
      this.reported.set(reason, { at: now, total });
      this.report({ reason, count: total - (last?.total ?? 0), detail: shortened(detail()) });
    }
  }

  /** Counts one drop without a report. @returns how many there were */
  count(reason: string): number {
    const total = (this.totals.get(reason) ?? 0) + 1;
    this.totals.set(reason, total);
    return total;
  }
}

/** One line of bounded length, whatever a peer put into it. */
function shortened(detail: string): string {
  return detail.slice(0, LONGEST_DETAIL).replaceAll(/\p{Cc}/gu, ' ');
}
