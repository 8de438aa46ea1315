import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LoopDelay } from '../../lib/server/calls/loop-delay.js';

const LIMIT = 1000;

/** A call of this time is refused after a third of it. */
const TIME = 60_000;

let now: number;

beforeEach(() => {
  now = 5000;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => void vi.useRealTimers());

function delayOf(limit = LIMIT): LoopDelay {
  const delay = new LoopDelay(limit, () => now);
  onTestFinished(() => delay.stop());
  return delay;
}

/** Whether a call that comes now is too late. */
function comes(delay: LoopDelay, time = TIME): boolean {
  return delay.isTooLate(time, now);
}

/** Time passes, and the timer goes off at the end of it: longer than 20 ms, the loop is blocked. */
function pass(milliseconds: number): void {
  now += milliseconds;
  vi.advanceTimersToNextTimer();
}

describe('an event loop is too late', () => {
  it('when it was later than the limit twice in a row', () => {
    const delay = delayOf();
    expect(comes(delay)).toBe(false);
    pass(LIMIT + 50);
    expect(comes(delay)).toBe(false);
    pass(LIMIT + 50);
    expect(comes(delay)).toBe(true);
  });

  it('when it was so once, and has been busy for as long since', () => {
    const delay = delayOf();
    comes(delay);
    pass(LIMIT + 50);
    expect(delay.isTooLate(TIME, now)).toBe(false);
    expect(delay.isTooLate(TIME, now + LIMIT + 1)).toBe(true);
  });

  it("when a third of the call's time is over since the first call of its turn", () => {
    const delay = delayOf();
    expect(delay.isTooLate(600, now)).toBe(false);
    expect(delay.isTooLate(600, now + 200)).toBe(false);
    expect(delay.isTooLate(600, now + 201)).toBe(true);
    expect(delay.isTooLate(Infinity, now + 201)).toBe(false);
  });
});

describe('an event loop is in time', () => {
  it('again after one look that was in time', () => {
    const delay = delayOf();
    comes(delay);
    pass(LIMIT + 50);
    comes(delay);
    pass(LIMIT + 50);
    expect(comes(delay)).toBe(true);
    pass(20);
    expect(comes(delay)).toBe(false);
  });

  it('for calls of a short time, when it is late by what is ordinary', () => {
    const delay = delayOf();
    comes(delay, 50);
    expect(delay.isTooLate(50, now + 100)).toBe(false);
  });

  it('at all times without a limit', () => {
    const delay = delayOf(0);
    comes(delay, 100);
    expect(delay.isTooLate(100, now + 10_000)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('looks at the event loop only while calls come', () => {
  const delay = delayOf();
  comes(delay);
  expect(vi.getTimerCount()).toBe(1);
  pass(20);
  expect(vi.getTimerCount()).toBe(1);
  pass(20);
  expect(vi.getTimerCount()).toBe(0);
});
