import { RemoteCallError } from '../errors/remote-call.error.js';

/** The least time between two reports of one kind, in milliseconds. */
const QUIET = 10_000;

/**
 * Reports errors that occur again and again at most every ten seconds for each code, so that a fault
 * that lasts does not become a flood of logs.
 */
export class QuietErrors {
  private readonly reports = new Map<string, { at: number; unreported: number }>();

  /** @param now gives the time in milliseconds */
  constructor(
    private readonly report: (error: RemoteCallError) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  add(error: RemoteCallError): void {
    const now = this.now();
    const last = this.reports.get(error.code);
    if (last && now - last.at < QUIET) {
      last.unreported++;
      return;
    }
    this.reports.set(error.code, { at: now, unreported: 0 });
    this.report(last?.unreported ? repeated(error, last.unreported) : error);
  }
}

/** The same error, which says that others like it were not reported. */
function repeated(error: RemoteCallError, unreported: number): RemoteCallError {
  const { message, context, code, origin, cause } = error;
  return new RemoteCallError(
    `${message} (and ${unreported} times before)`,
    { ...context, unreported },
    { code, origin, ...(cause !== undefined && { cause }) },
  );
}
