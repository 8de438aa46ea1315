import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownerOf, pickOwner } from '../../lib/client/balancing/key-owner.js';
import { candidates, REQUEST, TestCandidate } from './candidates.js';

const KEYS = Array.from({ length: 4000 }, (_, number) => `user ${number}`);

function ownersOf(links: readonly TestCandidate[]): (string | undefined)[] {
  return KEYS.map((key) => ownerOf(links, REQUEST, key)?.name);
}

describe('the server of a key', () => {
  it('is the same whatever order the servers come in', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.shuffledSubarray(candidates(12), { minLength: 1 }),
        (key, links) => {
          const owner = ownerOf(links, REQUEST, key);
          expect(owner).toBeDefined();
          expect(ownerOf(links.toReversed(), REQUEST, key)).toBe(owner);
        },
      ),
    );
  });

  it('changes only for keys of a server that goes, or that comes', () => {
    const links = candidates(20);
    const all = ownersOf(links);
    const rest = ownersOf(links.slice(1));
    const gone = links[0]?.name;
    expect(KEYS.filter((_, key) => all[key] !== rest[key] && all[key] !== gone)).toEqual([]);
    // A twentieth of the keys, give or take five standard deviations.
    const moved = all.filter((owner) => owner === gone).length;
    expect(moved).toBeGreaterThan(131);
    expect(moved).toBeLessThan(269);
  });

  it('has keys by its weight', () => {
    const links = [...candidates(3), new TestCandidate('heavy', { weight: 3 })];
    const ofHeavy = ownersOf(links).filter((owner) => owner === 'heavy').length;
    // Half of the keys, give or take five standard deviations.
    expect(ofHeavy).toBeGreaterThan(1841);
    expect(ofHeavy).toBeLessThan(2159);
  });

  it.each([
    ['is not connected', (link: TestCandidate) => (link.isReady = false)],
    ['has failed', (link: TestCandidate) => (link.health.rank = 2)],
  ])('is the next in its order while it %s', (_what, fail) => {
    const links = candidates(5);
    const owner = ownerOf(links, REQUEST, 'key');
    const next = ownerOf(
      links.filter((link) => link !== owner),
      REQUEST,
      'key',
    );
    fail(owner!);
    expect(ownerOf(links, REQUEST, 'key')).toBe(next);
  });

  it('is the next in its order where the first has refused the call', () => {
    const links = candidates(5);
    const owner = ownerOf(links, REQUEST, 'key')!;
    const other = ownerOf(links, REQUEST, 'key', [owner]);
    expect(other).toBeDefined();
    expect(other).not.toBe(owner);
  });

  it('keeps the key while it is only suspected', () => {
    const links = candidates(5);
    const owner = ownerOf(links, REQUEST, 'key')!;
    owner.health.rank = 1;
    expect(ownerOf(links, REQUEST, 'key')).toBe(owner);
  });

  it('is waited for while it has no room', () => {
    const links = candidates(5);
    const owner = ownerOf(links, REQUEST, 'key')!;
    owner.hasCredit = false;
    expect(ownerOf(links, REQUEST, 'key')).toBe(owner);
    expect(pickOwner(links, REQUEST, 'key')).toBeUndefined();
  });

  it('gets a request of its keys as its trial', () => {
    const links = candidates(5);
    const owner = ownerOf(links, REQUEST, 'key')!;
    owner.health.rank = 2;
    owner.health.wantsTrial = true;
    expect(ownerOf(links, REQUEST, 'key')).toBe(owner);
    expect(ownerOf(links, { ...REQUEST, kind: 'event' }, 'key')).not.toBe(owner);
  });

  it('has the lowest priority of those that are up', () => {
    const links = [...candidates(5, { priority: 1 }), new TestCandidate('first')];
    expect(new Set(ownersOf(links))).toEqual(new Set(['first']));
    links.at(-1)!.isReady = false;
    expect(new Set(ownersOf(links)).size).toBe(5);
  });

  it('is nobody where there is no server', () => {
    expect(ownerOf([], REQUEST, 'key')).toBeUndefined();
  });
});
