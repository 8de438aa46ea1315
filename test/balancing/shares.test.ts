import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeastCalls } from '../../lib/client/balancing/least-calls.js';
import { leastLoads, loadShareOf } from '../../lib/client/balancing/load-share.js';
import { ShareTable } from '../../lib/client/balancing/share-table.js';
import { warmthAt } from '../../lib/client/balancing/slow-start.js';
import { candidates, dice, REQUEST, TestCandidate } from './candidates.js';

/** How many of so many calls each link gets. They end at once, or never. */
function countsOf(links: TestCandidate[], calls: number, end: 'ending' | 'staying'): number[] {
  const balancer = new LeastCalls<TestCandidate>(dice());
  const counts = links.map(() => 0);
  for (let call = 0; call < calls; call++) {
    const link = balancer.pick(links, REQUEST);
    if (link) {
      const place = links.indexOf(link);
      counts[place] = (counts[place] ?? 0) + 1;
      link.calls += end === 'staying' ? 1 : 0;
    }
  }
  return counts;
}

describe('shares of calls', () => {
  const links = (): TestCandidate[] =>
    [1, 2, 3, 4].map((share) => new TestCandidate(`s${share}`, { share }));

  it('are those of the links where none has calls', () => {
    countsOf(links(), 10_000, 'ending').forEach((count, place) => {
      // Five standard deviations.
      expect(Math.abs(count - 1000 * (place + 1))).toBeLessThan(245);
    });
  });

  it('are those of the links where all have calls', () => {
    countsOf(links(), 10_000, 'staying').forEach((count, place) => {
      expect(Math.abs(count - 1000 * (place + 1))).toBeLessThan(60);
    });
  });

  it('are those of the links that are left where the first tier is lost', () => {
    const lost = candidates(3, { isReady: false });
    const others = links().map((link) => Object.assign(link, { tier: 1 }));
    const counts = countsOf([...lost, ...others], 10_000, 'ending').slice(3);
    counts.forEach((count, place) => {
      expect(Math.abs(count - 1000 * (place + 1))).toBeLessThan(245);
    });
  });

  it('are learned anew when they change', () => {
    const [one, other] = candidates(2) as [TestCandidate, TestCandidate];
    const balancer = new LeastCalls<TestCandidate>(dice());
    const both = [one, other];
    balancer.pick(both, REQUEST);
    one.share = 1000;
    balancer.sharesChanged();
    const picked = Array.from({ length: 100 }, () => balancer.pick(both, REQUEST));
    expect(picked.filter((link) => link === one).length).toBeGreaterThan(90);
  });
});

describe('tiers', () => {
  it('give calls to the first one as long as one of its servers has room', () => {
    const first = candidates(3);
    const second = candidates(12, { tier: 1 });
    const all = [...second, ...first];
    expect(countsOf(all, 30, 'staying')).toEqual([...second.map(() => 0), 10, 10, 10]);
    first.forEach((link) => (link.hasCredit = false));
    expect(countsOf(all, 12, 'staying').slice(0, 12)).toEqual(second.map(() => 1));
  });

  it.each([1, 2])('give calls to the next one rather than to servers of rank %d', (rank) => {
    const first = candidates(3, { rank });
    const second = candidates(3, { tier: 1 });
    expect(countsOf([...first, ...second], 9, 'ending')).toEqual([0, 0, 0, 3, 3, 3]);
  });

  it('compare servers of the first one, however many others there are', () => {
    const first = candidates(20);
    const all = [...first, ...candidates(20, { tier: 1 })];
    const counts = countsOf(all, 400, 'staying');
    expect(counts.slice(20)).toEqual(first.map(() => 0));
    expect(Math.max(...counts)).toBeLessThan(25);
  });
});

it('a table draws each place by its share', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }),
      (shares) => {
        const table = new ShareTable(shares);
        const sum = shares.reduce((before, share) => before + share, 0);
        const counts = shares.map(() => 0);
        for (let step = 0; step < sum; step++) {
          const place = table.draw((step + 0.5) / sum);
          counts[place] = (counts[place] ?? 0) + 1;
        }
        expect(counts).toEqual(shares);
      },
    ),
  );
});

it.each([
  [0, 1000, 0.1],
  [50, 1000, 0.1],
  [500, 1000, 0.5],
  [1000, 1000, 1],
  [0, 0, 1],
  [-Infinity, 0, 1],
])('a server that came up %d ms ago has its share of a slow start of %d ms', (age, all, share) => {
  expect(warmthAt(age, all)).toBe(share);
});

it.each([
  [0, 0, 1],
  [3, 3, 1],
  [3, 1, 0.25],
  [1, 0.5, 0.5625],
  [1000, 0, 0.25],
])('a server with a load of %d beside one of %d has the share %d', (load, least, share) => {
  expect(loadShareOf(load, least)).toBe(share);
});

describe('the load that servers are compared with', () => {
  const server = (load: number, tier = 0, isReady = true) => ({ load, tier, isReady });

  it('is the lowest that was told in their tier', () => {
    const least = leastLoads([server(5), server(3), server(1, 1), server(2, 1)]);
    expect([...least]).toEqual([
      [0, 3],
      [1, 1],
    ]);
  });

  it('is not that of a server which has told none, nor of one that is not ready', () => {
    expect([...leastLoads([server(5), server(0), server(1, 0, false)])]).toEqual([[0, 5]]);
  });
});

it('a server that has told no load has its share', () => {
  expect(loadShareOf(0, 5)).toBe(1);
});
