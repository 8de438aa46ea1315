import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DropCounter, type DropReport, describeDrop } from '../../lib/observe/drop-counter.js';

let reports: DropReport[];
let drops: DropCounter;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  reports = [];
  drops = new DropCounter((report) => reports.push(report));
});
afterEach(() => vi.useRealTimers());

it('reports the first drop of a reason with its detail', () => {
  drops.add('malformed', () => 'no array');
  expect(reports).toEqual([{ reason: 'malformed', count: 1, detail: 'no array' }]);
});

it('stays quiet about a reason for ten seconds', () => {
  drops.add('malformed');
  vi.advanceTimersByTime(9999);
  drops.add('malformed');
  expect(reports).toHaveLength(1);
});

it('reports each drop where its interval is 0', () => {
  const each = new DropCounter((report) => reports.push(report), 0);
  each.add('malformed');
  each.add('malformed');
  expect(reports.map(({ count }) => count)).toEqual([1, 1]);
  expect(describeDrop({ reason: 'malformed', count: 1, detail: '' }, 0)).toBe(
    'dropped 1: malformed',
  );
});

it('reports how many were dropped since the last report', () => {
  drops.add('malformed');
  drops.add('malformed');
  vi.advanceTimersByTime(10_000);
  drops.add('malformed');
  expect(reports.map(({ count }) => count)).toEqual([1, 2]);
});

it('keeps reasons apart', () => {
  drops.add('malformed');
  drops.add('late response');
  expect(reports.map(({ reason }) => reason)).toEqual(['malformed', 'late response']);
});

it('does not ask for a detail that it will not report', () => {
  drops.add('malformed');
  const detail = vi.fn<() => string>(() => '');
  drops.add('malformed', detail);
  expect(detail).not.toHaveBeenCalled();
});

it('counts what is no news without a report', () => {
  drops.count('other topic');
  expect(drops.count('other topic')).toBe(2);
  expect(reports).toEqual([]);
  expect([...drops.counts]).toEqual([['other topic', 2]]);
});

it.each([
  [
    'the queue is full',
    'dropped 1: refused. the queue is full (more within 10 s are only counted)',
  ],
  ['', 'dropped 1: refused (more within 10 s are only counted)'],
])('says in the log that more are counted, with the detail if there is one: %j', (detail, line) => {
  expect(describeDrop({ reason: 'refused', count: 1, detail })).toBe(line);
});
