import { describe, expect, it } from 'vitest';
import { RemoteCallError } from 'nestjs-remote';
import { NO_RETRIES, RetryLostCalls, isLost } from '../../lib/client/calls/retry-policy.js';

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
