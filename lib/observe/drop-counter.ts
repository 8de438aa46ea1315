/** The least time between two reports of a reason, in milliseconds, unless another is given. */
export const REPORT_INTERVAL = 10_000;

/** The most characters of a detail that are reported: a peer may have chosen it. */
const LONGEST_DETAIL = 300;

/** A report of a `DropCounter`. */
export interface DropReport {
  reason: string;
  /** How many were dropped for this reason since its last report. */
  count: number;
  /** Details of the latest one. */
  detail: string;
}

/**
 * A report for the log, which says that more drops may have followed than it counts.
 *
 * @param interval the least time between two reports of a reason, in milliseconds
 */
export function describeDrop(
  { reason, count, detail }: DropReport,
  interval = REPORT_INTERVAL,
): string {
  const what = detail === '' ? reason : `${reason}. ${detail}`;
  const silence = interval > 0 ? ` (more within ${interval / 1000} s are only counted)` : '';
  return `dropped ${count}: ${what}${silence}`;
}

/**
 * Counts drops by reason. Each reason is reported at most once in an interval, so that a flood of bad
 * input does not become a flood of logs.
 */
export class DropCounter {
  private readonly totals = new Map<string, number>();
  private readonly reported = new Map<string, { at: number; total: number }>();

  /**
   * @param report is called for the first drop of a reason, and then after each quiet time
   * @param interval the least time between two reports of a reason, in milliseconds
   */
  constructor(
    private readonly report: (report: DropReport) => void,
    private readonly interval = REPORT_INTERVAL,
  ) {}

  /** The number of drops, by reason. */
  get counts(): ReadonlyMap<string, number> {
    return this.totals;
  }

  /**
   * Counts one drop.
   *
   * @param reason one of a fixed set: never text that a peer chose
   * @param detail called only where this drop is reported
   */
  add(reason: string, detail: () => string = () => ''): void {
    const total = this.count(reason);
    const last = this.reported.get(reason);
    const now = performance.now();
    if (last === undefined || now - last.at >= this.interval) {
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

/** One line of bounded length, for text that a peer may have chosen. */
function shortened(detail: string): string {
  return detail.slice(0, LONGEST_DETAIL).replaceAll(/\p{Cc}/gu, ' ');
}
