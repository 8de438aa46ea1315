import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IdMap } from '../../lib/calls/id-map.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** All of these want the same place in a map made by {@link collidingMap}, however large it is here. */
const colliding = Array.from({ length: 40 }, (_, index) => index * 2 ** 24);

/** A map whose secret is known. */
function collidingMap<Value>(): IdMap<Value> {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  return new IdMap<Value>();
}

const sorted = (values: readonly number[]): number[] =>
  values.toSorted((one, other) => one - other);

describe('an id', () => {
  it.each([0, 1, 15, 16, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])('may be %i', (id) => {
    const map = new IdMap<string>();
    map.set(id, 'value');
    expect([map.get(id), map.has(id), map.size]).toEqual(['value', true, 1]);
  });

  it('is not found before it was set', () => {
    const map = new IdMap<string>();
    expect([map.get(0), map.has(0), map.size]).toEqual([undefined, false, 0]);
  });

  it('has the value that it was set to last', () => {
    const map = new IdMap<string>();
    map.set(7, 'first');
    map.set(7, 'second');
    expect([map.get(7), map.size]).toEqual(['second', 1]);
  });

  it('is added once', () => {
    const map = new IdMap<string>();
    expect([map.add(7, 'first'), map.add(7, 'second')]).toEqual([true, false]);
    expect([map.get(7), map.size]).toEqual(['first', 1]);
  });

  it('is not found once it was deleted', () => {
    const map = new IdMap<string>();
    map.set(7, 'value');
    expect(map.delete(7)).toBe(true);
    expect([map.get(7), map.size]).toEqual([undefined, 0]);
  });

  it('that is not there is not deleted', () => {
    const map = new IdMap<string>();
    map.set(7, 'value');
    expect(map.delete(8)).toBe(false);
    expect(map.size).toBe(1);
  });
});

describe.each([
  ['ids in a row', Array.from({ length: 100 }, (_, index) => index)],
  ['ids that all want the same place', colliding],
])('%s', (_, ids) => {
  let map: IdMap<number>;

  beforeEach(() => {
    map = collidingMap();
    ids.forEach((id) => map.set(id, id + 1));
  });

  it('are all found', () => {
    expect(ids.map((id) => map.get(id))).toEqual(ids.map((id) => id + 1));
    expect(map.size).toBe(ids.length);
  });

  it('are all among the values', () => {
    expect(sorted(map.values())).toEqual(ids.map((id) => id + 1));
  });

  it('are found when every other one was deleted', () => {
    const [kept, deleted] = [0, 1].map((odd) => ids.filter((__, at) => at % 2 === odd));
    deleted?.forEach((id) => map.delete(id));
    expect(kept?.map((id) => map.get(id))).toEqual(kept?.map((id) => id + 1));
    expect(deleted?.filter((id) => map.has(id))).toEqual([]);
  });

  it('leave nothing behind when all were deleted', () => {
    ids.forEach((id) => map.delete(id));
    expect([map.size, map.values()]).toEqual([0, []]);
  });
});

it('does as a Map does, whatever is set and deleted', () => {
  const anyId = fc.oneof(
    fc.constantFrom(...colliding),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0xffff_fff0, max: 0xffff_ffff }),
  );
  const action = fc.tuple(fc.constantFrom('set', 'set', 'delete'), anyId, fc.nat());
  const secrets = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(secrets, fc.array(action, { size: 'large' }), (secret, actions) => {
      vi.spyOn(Math, 'random').mockReturnValue(secret);
      const map = new IdMap<number>();
      vi.restoreAllMocks();
      const model = new Map<number, number>();
      for (const [kind, id, value] of actions) {
        if (kind === 'set') {
          map.set(id, value);
          model.set(id, value);
        } else {
          expect(map.delete(id)).toBe(model.delete(id));
        }
        expect(map.size).toBe(model.size);
      }
      for (const [, id] of actions) {
        expect([map.get(id), map.has(id)]).toEqual([model.get(id), model.has(id)]);
      }
      expect(sorted(map.values())).toEqual(sorted([...model.values()]));
    }),
  );
});
