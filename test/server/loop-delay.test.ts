import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LoopDelay } from '../../lib/server/calls/loop-delay.js';

const LIMIT = 1000;

/** A call of this time is refused after two thirds of it. */
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

/** Whether a call that comes now is too late, while others run. */
function comes(delay: LoopDelay, time = TIME): boolean {
  return delay.isTooLate(time, true);
}

/** Whether a call would be too late that comes so many milliseconds later in this turn. */
function comesLater(delay: LoopDelay, milliseconds: number, time = TIME): boolean {
  now += milliseconds;
  const isTooLate = comes(delay, time);
  now -= milliseconds;
  return isTooLate;
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
    expect(comes(delay)).toBe(false);
    expect(comesLater(delay, LIMIT + 1)).toBe(true);
  });

  it('when it was later than the limit twice in a row, and the last turn was full of calls', () => {
    const delay = delayOf();
    for (let turn = 0; turn < 2; turn++) {
      for (let call = 0; call < 100; call++) {
        delay.isTooLate(TIME, false);
        delay.allDone();
      }
      pass(LIMIT + 50);
    }
    expect(delay.isTooLate(TIME, false)).toBe(true);
  });

  it("when two thirds of the call's time are over since the first call of its turn", () => {
    const delay = delayOf();
    expect(comes(delay, 600)).toBe(false);
    expect(comesLater(delay, 400, 600)).toBe(false);
    expect(comesLater(delay, 401, 600)).toBe(true);
    expect(comesLater(delay, 401, Infinity)).toBe(false);
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

  it('for a call that comes when all others have ended', () => {
    const delay = delayOf();
    for (let turn = 0; turn < 3; turn++) {
      comes(delay);
      pass(LIMIT + 50);
    }
    expect(delay.isTooLate(TIME, false)).toBe(false);
  });

  it('for calls that come together when all before them have ended', () => {
    const delay = delayOf();
    comes(delay);
    delay.allDone();
    pass(LIMIT + 50);
    comes(delay);
    expect(comesLater(delay, LIMIT + 50)).toBe(false);
  });

  it('for calls of a short time, when it is late by what is ordinary', () => {
    const delay = delayOf();
    comes(delay, 50);
    expect(comesLater(delay, 100, 50)).toBe(false);
  });

  it('at all times without a limit', () => {
    const delay = delayOf(0);
    comes(delay, 100);
    expect(comesLater(delay, 10_000, 100)).toBe(false);
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
