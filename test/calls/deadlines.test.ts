import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines, type Timed } from '../../lib/calls/deadlines.js';

interface Item extends Timed {
  name: string;
  dueAt: number;
}

let items: Item[];
/** Whose time was noticed to be up, and when. */
let noticed: [name: string, at: number][];
let deadlines: Deadlines<Item>;
let start: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.advanceTimersByTime(1000);
  start = performance.now();
  items = [];
  noticed = [];
  deadlines = new Deadlines<Item>(() => items, notice);
});

afterEach(() => {
  deadlines.stop();
  vi.useRealTimers();
});

/** Ends an item whose time is up. */
function notice(item: Item): void {
  item.dueAt = 0;
  noticed.push([item.name, performance.now() - start]);
}

/** Watches an item that is due in so many milliseconds; undefined: never. */
function watch(name: string, time: number | undefined): Item {
  const item = { name, dueAt: time === undefined ? 0 : performance.now() + time };
  items.push(item);
  deadlines.watch(item);
  return item;
}

const names = (): string[] => noticed.map(([name]) => name);

describe('an item whose time is up', () => {
  it('is noticed then', () => {
    watch('a', 50);
    vi.advanceTimersByTime(49);
    expect(noticed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(noticed).toEqual([['a', 50]]);
  });

  it('is noticed once', () => {
    const item = watch('a', 50);
    watch('b', 60);
    vi.advanceTimersByTime(10_000);
    expect(names()).toEqual(['a', 'b']);
    expect(item.dueAt).toBe(0);
  });

  it('is noticed not before a time between two milliseconds', () => {
    watch('a', 49.5);
    vi.advanceTimersByTime(50);
    expect(noticed).toEqual([['a', 50]]);
  });

  it('is noticed where it was up already', () => {
    watch('a', -10);
    vi.advanceTimersByTime(1);
    expect(names()).toEqual(['a']);
  });

  it('is noticed together with others of the same time', () => {
    ['a', 'b', 'c'].forEach((name) => watch(name, 50));
    vi.advanceTimersByTime(50);
    expect(names()).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['later', 100, 50],
    ['sooner', 50, 100],
  ])('is noticed in time beside one that was added before and is due %s', (_, first, second) => {
    watch('first', first);
    watch('second', second);
    vi.advanceTimersByTime(200);
    expect(Object.fromEntries(noticed)).toEqual({ first, second });
  });

  it('is noticed where it was added while others expired', () => {
    deadlines = new Deadlines<Item>(
      () => items,
      (item) => {
        notice(item);
        if (item.name === 'a') {
          watch('b', 10);
        }
      },
    );
    watch('a', 50);
    watch('c', 100);
    vi.advanceTimersByTime(200);
    expect(noticed).toEqual([
      ['a', 50],
      ['b', 60],
      ['c', 100],
    ]);
  });
});

describe('an item that is not due', () => {
  it('is never noticed where it has no time', () => {
    watch('never', undefined);
    watch('a', 50);
    vi.advanceTimersByTime(10_000);
    expect(names()).toEqual(['a']);
  });

  it('is skipped where it has ended before', () => {
    watch('ended', 50).dueAt = 0;
    watch('a', 50);
    vi.advanceTimersByTime(10_000);
    expect(names()).toEqual(['a']);
  });

  it('is skipped where the listener of another one ended it', () => {
    deadlines = new Deadlines<Item>(
      () => items,
      (due) => {
        notice(due);
        items.forEach((item) => {
          item.dueAt = 0;
        });
      },
    );
    ['a', 'b'].forEach((name) => watch(name, 50));
    vi.advanceTimersByTime(10_000);
    expect(names()).toEqual(['a']);
  });

  it('is skipped where it is gone', () => {
    watch('gone', 50);
    items = [];
    vi.advanceTimersByTime(10_000);
    expect(noticed).toEqual([]);
  });

  it('is noticed later where it got more time', () => {
    watch('a', 50).dueAt += 100;
    vi.advanceTimersByTime(10_000);
    expect(noticed).toEqual([['a', 150]]);
  });
});

describe('among so many items that looking at them takes long', () => {
  /** How long a look takes, in milliseconds, and how many there were. */
  let cost: number;
  let looks: number;

  beforeEach(() => {
    cost = 5;
    looks = 0;
    deadlines = new Deadlines<Item>(() => {
      looks++;
      vi.advanceTimersByTime(cost);
      return items;
    }, notice);
  });

  it('looking takes a tenth of the time at most, though something is due in each millisecond', () => {
    for (let time = 1; time <= 1000; time++) {
      watch(`${time}`, time);
    }
    vi.advanceTimersByTime(2000);
    expect(looks).toBeLessThanOrEqual(22);
    expect(noticed).toHaveLength(1000);
  });

  it('looking rests however many are watched that are due soon', () => {
    watch('a', 1);
    vi.advanceTimersByTime(1);
    for (let count = 0; count < 100; count++) {
      watch('b', 1);
    }
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(looks).toBe(2);
  });

  it('those that were due first are noticed first', () => {
    ['c', 'a', 'b'].forEach((name) => watch(name, 10 + name.charCodeAt(0)));
    watch('first', 1);
    cost = 100;
    vi.advanceTimersByTime(2000);
    expect(names()).toEqual(['first', 'a', 'b', 'c']);
  });
});

describe('stop', () => {
  it('forgets all of them', () => {
    watch('a', 50);
    deadlines.stop();
    vi.advanceTimersByTime(10_000);
    expect(noticed).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets others be watched afterwards', () => {
    watch('a', 50);
    deadlines.stop();
    items = [];
    watch('b', 100);
    vi.advanceTimersByTime(10_000);
    expect(noticed).toEqual([['b', 100]]);
  });
});

describe('the timer', () => {
  it('is one for all items', () => {
    [50, 40, 60, 30].forEach((time) => watch('a', time));
    expect(vi.getTimerCount()).toBe(1);
  });

  it('is gone once nothing is due any more', () => {
    watch('a', 50);
    vi.advanceTimersByTime(50);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not keep the process alive', () => {
    vi.useRealTimers();
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    watch('a', 1_000_000);
    expect(timers()).toBe(before);
  });
});

it('notices each item that has not ended once, and on time, whatever is added when', () => {
  const anyPlan = fc
    .record({
      addedAfter: fc.nat(100),
      time: fc.integer({ min: 1, max: 200 }),
      endsAfter: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant(1000)),
    })
    .filter(({ time, endsAfter }) => time !== endsAfter);
  fc.assert(
    fc.property(fc.array(anyPlan), (plans) => {
      items = [];
      noticed = [];
      start = performance.now();
      const expected: [name: string, at: number][] = [];
      for (const [index, { addedAfter, time, endsAfter }] of plans.entries()) {
        const name = String(index);
        setTimeout(() => {
          const item = watch(name, time);
          setTimeout(() => {
            item.dueAt = 0;
          }, endsAfter);
        }, addedAfter);
        if (time < endsAfter) {
          expected.push([name, addedAfter + time]);
        }
      }
      vi.advanceTimersByTime(2000);
      expect(noticed).toHaveLength(expected.length);
      expect(Object.fromEntries(noticed)).toEqual(Object.fromEntries(expected));
    }),
  );
});
