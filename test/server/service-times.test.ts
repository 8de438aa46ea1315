import { beforeEach, expect, it } from 'vitest';
import { ServiceTimes } from '../../lib/server/calls/service-times.js';

let times: ServiceTimes;

beforeEach(() => {
  times = new ServiceTimes();
});

it('a method that was never measured takes no time', () => {
  expect(times.of('run', 0)).toBe(0);
});

it('the time of a method is the mean of the last ones', () => {
  times.add('run', 100, 0);
  expect(times.of('run', 0)).toBe(100);
  times.add('run', 200, 0);
  expect(times.of('run', 0)).toBe(112.5);
  expect(times.of('other', 0)).toBe(0);
});

it('the least time of a method is the shortest of the last ten seconds that was not cut short', () => {
  expect(times.leastOf('run', 0)).toBe(0);
  times.add('run', 50, 0, true);
  expect(times.leastOf('run', 0)).toBe(0);
  times.add('run', 200, 0);
  times.add('run', 100, 1000);
  times.add('run', 300, 2000);
  times.add('run', 10, 2000, true);
  expect(times.leastOf('run', 10_999)).toBe(100);
  expect(times.leastOf('run', 11_000)).toBe(0);
  times.add('run', 150, 11_000);
  expect(times.leastOf('run', 11_000)).toBe(150);
});

it('a measurement counts for ten seconds, so that what was slow is tried again', () => {
  times.add('run', 100, 1000);
  expect(times.of('run', 10_999)).toBe(100);
  expect(times.of('run', 11_000)).toBe(0);
});
