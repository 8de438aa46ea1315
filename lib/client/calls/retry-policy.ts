import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { RetryBudget } from './retry-budget.js';

/** The longest pause before a call is first repeated, and before any later repetition, in milliseconds. */
const PAUSE = { first: 20, most: 1000 };

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

/**
 * Repeats lost calls within a budget. The pauses are random, so that the calls of a server that is gone
 * do not all come to the others at once, and up to twice as long each time.
 */
export class RetryWithinBudget implements RetryPolicy {
  /** @param random gives a number from 0 to 1 */
  constructor(
    private readonly budget: RetryBudget,
    private readonly random: () => number = Math.random,
  ) {}

  next(error: unknown, attempt: number): number | undefined {
    if (!isLost(error) || !this.budget.spend()) {
      return undefined;
    }
    return this.random() * Math.min(PAUSE.first * 2 ** (attempt - 1), PAUSE.most);
  }
}
