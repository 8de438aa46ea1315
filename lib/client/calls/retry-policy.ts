import { RemoteCallError } from '../../errors/remote-call.error.js';

/** Decides whether and when a call is tried again. */
export interface RetryPolicy {
  /**
   * @param error what the latest try ended with
   * @param attempt how many tries have ended, from 1
   * @returns milliseconds until the next try; undefined to give up
   */
  next(error: unknown, attempt: number): number | undefined;
}

/** Whether a call ended here because nothing came from the other side, so that it may be repeated. */
export function isLost(error: unknown): boolean {
  return (
    error instanceof RemoteCallError &&
    error.origin === 'local' &&
    (error.code === 'DEADLINE_EXCEEDED' || error.code === 'UNAVAILABLE')
  );
}

/** Repeats lost calls at once, a number of times. */
export class RetryLostCalls implements RetryPolicy {
  /** @param retries how often to repeat a call at most */
  constructor(private readonly retries: number) {}

  next(error: unknown, attempt: number): number | undefined {
    return attempt <= this.retries && isLost(error) ? 0 : undefined;
  }
}

/** Never repeats a call. */
export const NO_RETRIES: RetryPolicy = new RetryLostCalls(0);
