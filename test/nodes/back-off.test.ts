import { describe, expect, it } from 'vitest';
import { BACK_OFF, BackOff, backOffDelay } from '../../lib/nodes/back-off.js';

describe('the delay before an attempt', () => {
  it.each([
    [1, 15],
    [2, 30],
    [3, 60],
    [7, 960],
    [8, 1920],
    [9, 2000],
    [10_000, 2000],
  ])('is after %d failures %d ms, on average', (failures, delay) => {
    expect(backOffDelay(failures, BACK_OFF, 0.5)).toBe(delay);
  });

  it.each([
    [0, 12],
    [0.5, 15],
    [1, 18],
  ])('is at random number %d a fifth shorter or longer at most: %d ms', (random, delay) => {
    expect(backOffDelay(1, BACK_OFF, random)).toBeCloseTo(delay);
  });

  it('is always the first where the longest is no longer', () => {
    const limits = { least: 50, most: 1 };
    expect([1, 2, 3].map((failures) => backOffDelay(failures, limits, 0.5))).toEqual([50, 50, 50]);
  });
});

describe('attempts', () => {
  it('slow down while they fail, and are quick again after a success', () => {
    const backOff = new BackOff(BACK_OFF, () => 0.5);
    expect([backOff.failed(), backOff.failed(), backOff.failed()]).toEqual([15, 30, 60]);
    expect([backOff.lost(100), backOff.failed()]).toEqual([15, 30]);
  });

  it('slow down too where each leads to what is no sooner there than gone', () => {
    const backOff = new BackOff(BACK_OFF, () => 0.5);
    expect([backOff.lost(1), backOff.lost(1), backOff.lost(1)]).toEqual([15, 30, 60]);
  });
});
