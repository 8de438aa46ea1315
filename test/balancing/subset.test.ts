import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tiersOf } from '../../lib/client/balancing/server-tiers.js';
import { Subset } from '../../lib/client/balancing/subset.js';
import type { ServerRecord } from '../../lib/discovery/server-record.js';

const UP = (): boolean => false;

function servers(count: number, facts: Partial<ServerRecord> = {}): ServerRecord[] {
  const zone = facts.zone ?? 'any';
  return Array.from({ length: count }, (_, number) => ({
    ...facts,
    address: `tcp://${zone}-${number}:1`,
  }));
}

function addresses(chosen: readonly ServerRecord[]): string[] {
  return chosen.map(({ address }) => address);
}

function choose(
  subset: Subset,
  known: readonly ServerRecord[],
  { zone, isDown = UP }: { zone?: string; isDown?: (server: ServerRecord) => boolean } = {},
): ServerRecord[] {
  return [...subset.choose(tiersOf(known, zone), isDown)];
}

describe('a subset', () => {
  it.each([
    [20, 20],
    [0, 300],
    [20, 3],
  ])('of %d has all of %d servers', (size, count) => {
    const known = servers(count);
    expect(addresses(choose(new Subset(size, 'me'), known))).toEqual(addresses(known));
  });

  it('has its size of more servers, whatever order they come in', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1, max: 30 }),
        fc.shuffledSubarray(servers(60), { minLength: 31 }),
        (client, size, known) => {
          const chosen = addresses(choose(new Subset(size, client), known));
          expect(chosen).toHaveLength(size);
          expect(addresses(choose(new Subset(size, client), known.toReversed()))).toEqual(chosen);
        },
      ),
    );
  });

  it('changes by one server at most when one comes or goes', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 59 }), (client, place) => {
        const subset = new Subset(20, client);
        const all = servers(60);
        const without = all.toSpliced(place, 1);
        const before = new Set(addresses(choose(subset, without)));
        const after = addresses(choose(subset, all));
        const joined = after.filter((address) => !before.has(address));
        expect(joined.every((address) => address === all[place]?.address)).toBe(true);
      }),
    );
  });

  it('has a new server at about its share of the clients', () => {
    const known = servers(200);
    const clients = Array.from({ length: 2000 }, (_, number) => new Subset(20, `client ${number}`));
    const having = clients.filter((subset) => choose(subset, known).includes(known[7]!));
    // 200 of 2,000, give or take five standard deviations.
    expect(having.length).toBeGreaterThan(132);
    expect(having.length).toBeLessThan(268);
  });

  it('keeps a server that is down, and has another one in its place', () => {
    const subset = new Subset(20, 'me');
    const known = servers(60);
    const [first, ...others] = addresses(choose(subset, known));
    const chosen = addresses(choose(subset, known, { isDown: ({ address }) => address === first }));
    expect(chosen).toHaveLength(21);
    expect(chosen).toEqual(expect.arrayContaining([first, ...others]));
  });

  it('tries no more than twice its size where all are down', () => {
    expect(choose(new Subset(20, 'me'), servers(300), { isDown: () => true })).toHaveLength(40);
  });
});

describe('a subset of several zones', () => {
  const known = [...servers(50, { zone: 'here' }), ...servers(50, { zone: 'there' })];
  const zonesOf = (chosen: ServerRecord[], zone: string): number =>
    chosen.filter((server) => server.zone === zone).length;

  it('has servers of its own zone, and two of others', () => {
    const chosen = choose(new Subset(20, 'me'), known, { zone: 'here' });
    expect([zonesOf(chosen, 'here'), zonesOf(chosen, 'there')]).toEqual([18, 2]);
  });

  it('has more servers of others where its own zone has few', () => {
    const few = [...servers(3, { zone: 'here' }), ...servers(50, { zone: 'there' })];
    const chosen = choose(new Subset(20, 'me'), few, { zone: 'here' });
    expect([zonesOf(chosen, 'here'), zonesOf(chosen, 'there')]).toEqual([3, 17]);
  });

  it('has its size of servers of others where its own zone is down', () => {
    const isDown = ({ zone }: ServerRecord): boolean => zone === 'here';
    const chosen = choose(new Subset(20, 'me'), known, { zone: 'here', isDown });
    expect([zonesOf(chosen, 'here'), zonesOf(chosen, 'there')]).toEqual([36, 20]);
  });

  it('goes by priority before zone', () => {
    const backups = [
      ...servers(50, { zone: 'here', priority: 1 }),
      ...servers(50, { zone: 'there', priority: 0 }),
    ];
    const chosen = choose(new Subset(20, 'me'), backups, { zone: 'here' });
    expect([zonesOf(chosen, 'here'), zonesOf(chosen, 'there')]).toEqual([2, 18]);
  });
});
