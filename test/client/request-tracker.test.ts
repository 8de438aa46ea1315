import { beforeEach, describe, expect, it } from 'vitest';
import { RequestTracker } from '../../lib/client/calls/request-tracker.js';

let now: number;
let draws: number[];
let drawn: number;
let tracker: RequestTracker<string>;

beforeEach(() => {
  now = 0;
  draws = [];
  drawn = 0;
  tracker = new RequestTracker<string>(
    () => draws[Math.min(drawn++, draws.length - 1)] as number,
    () => now,
  );
});

describe('drawing an id', () => {
  it('gives unsigned 32-bit integers that no call in flight has', () => {
    const calls = new RequestTracker<number>();
    for (let call = 0; call < 10_000; call++) {
      calls.add(calls.nextId(), call);
    }
    expect(calls.size).toBe(10_000);
  });

  it('draws again on a clash', () => {
    tracker.add(7, 'call');
    draws = [7, 7, 8];
    expect(tracker.nextId()).toBe(8);
  });

  it('takes the tenth id', () => {
    tracker.add(7, 'call');
    draws = [7, 7, 7, 7, 7, 7, 7, 7, 7, 8];
    expect(tracker.nextId()).toBe(8);
  });

  it('gives up after ten clashes', () => {
    tracker.add(7, 'call');
    draws = [7];
    expect(() => tracker.nextId()).toThrow(
      expect.objectContaining({
        message: 'unable to generate a request ID',
        code: 'RESOURCE_EXHAUSTED',
      }),
    );
    expect(drawn).toBe(10);
  });
});

describe('a call that got its response', () => {
  it('frees its id at once', () => {
    tracker.add(7, 'call');
    tracker.complete(7);
    draws = [7];
    expect(tracker.nextId()).toBe(7);
    expect(tracker.get(7)).toBeUndefined();
  });
});

describe('a call that ended without a response', () => {
  it('keeps its id from being drawn for 60 s', () => {
    tracker.add(7, 'call');
    tracker.retire(7);
    now = 59_999;
    draws = [7, 8];
    expect(tracker.nextId()).toBe(8);
  });

  it('frees its id after 60 s', () => {
    tracker.add(7, 'call');
    tracker.retire(7);
    now = 60_000;
    draws = [7];
    expect(tracker.nextId()).toBe(7);
  });

  it('is not in flight any more', () => {
    tracker.add(7, 'call');
    tracker.retire(7);
    expect(tracker.get(7)).toBeUndefined();
    expect([...tracker.values()]).toEqual([]);
  });

  it('is forgotten when 65,536 others ended after it', () => {
    for (let id = 0; id <= 65_536; id++) {
      tracker.add(id, 'call');
      tracker.retire(id);
    }
    expect([tracker.isRetired(0), tracker.isRetired(1), tracker.isRetired(65_536)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('is not retired when it was not in flight', () => {
    tracker.retire(7);
    expect(tracker.isRetired(7)).toBe(false);
  });
});
