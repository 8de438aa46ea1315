import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RemoteCallError } from 'nestjs-remote';
import { RetryBudget } from '../../lib/client/calls/retry-budget.js';
import {
  NO_RETRIES,
  RetryLostCalls,
  RetryWithinBudget,
  isLost,
} from '../../lib/client/calls/retry-policy.js';

const lost = new RemoteCallError('no connection', {}, { code: 'UNAVAILABLE' });

describe('a call', () => {
  it.each(['DEADLINE_EXCEEDED', 'UNAVAILABLE'] as const)(
    'is lost when it ends with %s here',
    (code) => {
      expect(isLost(new RemoteCallError('', {}, { code }))).toBe(true);
    },
  );

  it.each([
    ['another code', new RemoteCallError('', {}, { code: 'CANCELLED' })],
    ['the code of a peer', new RemoteCallError('', {}, { code: 'UNAVAILABLE', origin: 'remote' })],
    ['another error', new Error('UNAVAILABLE')],
  ])('is not lost when it ends with %s', (_ending, error) => {
    expect(isLost(error)).toBe(false);
  });
});

describe('RetryLostCalls', () => {
  it('repeats a lost call at once, as often as it is given', () => {
    const policy = new RetryLostCalls(2);
    expect([1, 2, 3].map((attempt) => policy.next(lost, attempt))).toEqual([0, 0, undefined]);
  });

  it('does not repeat a call that is not lost', () => {
    const cancelled = new RemoteCallError('', {}, { code: 'CANCELLED' });
    expect(new RetryLostCalls(2).next(cancelled, 1)).toBeUndefined();
  });
});

describe('NO_RETRIES', () => {
  it('gives up after the first try', () => {
    expect(NO_RETRIES.next(lost, 1)).toBeUndefined();
  });
});

describe('RetryWithinBudget', () => {
  it.each([
    [1, 20],
    [2, 40],
    [3, 80],
    [7, 1000],
    [100, 1000],
  ])('repeats after try %d within %d ms', (attempt, most) => {
    const pauses = [0, 0.5, 1].map((random) =>
      new RetryWithinBudget(new RetryBudget(), () => random).next(lost, attempt),
    );
    expect(pauses).toEqual([0, most / 2, most]);
  });

  it('does not repeat a call that is not lost, and spends nothing on it', () => {
    const budget = new RetryBudget();
    const cancelled = new RemoteCallError('', {}, { code: 'CANCELLED' });
    expect(new RetryWithinBudget(budget).next(cancelled, 1)).toBeUndefined();
    expect(spendAll(budget)).toBe(100);
  });

  it('gives up when the budget is spent', () => {
    const budget = new RetryBudget();
    spendAll(budget);
    expect(new RetryWithinBudget(budget).next(lost, 1)).toBeUndefined();
  });
});

describe('RetryBudget', () => {
  it('allows a tenth of any number of calls, beside a reserve of 100, and at most 1,000 at once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 })), (rounds) => {
        const budget = new RetryBudget();
        let [made, spent] = [0, 0];
        for (const calls of rounds) {
          for (let call = 0; call < calls; call++) {
            budget.earn();
          }
          made += calls;
          const now = spendAll(budget);
          expect(now).toBeLessThanOrEqual(1000);
          spent += now;
          // In whole numbers: sums of tenths are not exact.
          expect(10 * spent).toBeLessThanOrEqual(1000 + made);
        }
      }),
      { numRuns: 20 },
    );
  });
});

/** Spends all that there is. @returns how often that was possible */
function spendAll(budget: RetryBudget): number {
  let times = 0;
  while (budget.spend()) {
    times++;
  }
  return times;
}
