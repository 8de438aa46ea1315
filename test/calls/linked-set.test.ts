import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LinkedSet } from '../../lib/calls/linked-set.js';

it('does as a Set does, whatever comes and goes', () => {
  const step = fc.record({ item: fc.nat(9), comes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const set = new LinkedSet<number>();
      const model = new Set<number>();
      for (const { item, comes } of steps) {
        if (comes) {
          set.add(item);
          model.add(item);
        } else {
          expect(set.delete(item)).toBe(model.delete(item));
        }
        expect(set.size).toBe(model.size);
        expect(set.first).toBe([...model][0]);
        expect(set.all()).toEqual([...model]);
      }
    }),
  );
});
