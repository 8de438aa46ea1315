import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../lib/calls/fifo.js';

function fifoOf(...items: number[]): Fifo<number> {
  const fifo = new Fifo<number>();
  items.forEach((item) => fifo.push(item));
  return fifo;
}

const isEven = (item: number): boolean => item % 2 === 0;

describe('a queue', () => {
  it('gives items out in the order in which they went in', () => {
    const fifo = fifoOf(1, 2, 3);
    expect([fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift()]).toEqual([1, 2, 3, undefined]);
    expect(fifo.size).toBe(0);
  });

  it('shows its first item without taking it out', () => {
    const fifo = fifoOf(1, 2);
    expect([fifo.first, fifo.first, fifo.size]).toEqual([1, 1, 2]);
    expect(fifoOf().first).toBeUndefined();
  });

  it('takes items back before those that are left', () => {
    const fifo = fifoOf(1, 2, 3);
    const taken = [fifo.shift() as number, fifo.shift() as number];
    fifo.putBack(taken);
    expect(fifo.clear()).toEqual([1, 2, 3]);
  });

  it('gives out the last item that matches, and no item that has left', () => {
    const fifo = fifoOf(2, 4, 5);
    fifo.shift();
    expect(fifo.takeYoungest(isEven)).toBe(4);
    expect(fifo.takeYoungest(isEven)).toBeUndefined();
    expect(fifo.clear()).toEqual([5]);
  });

  it('gives out all items that match, and keeps the order of the others', () => {
    const fifo = fifoOf(0, 1, 2, 3, 4);
    fifo.shift();
    expect(fifo.takeAll(isEven)).toEqual([2, 4]);
    expect(fifo.clear()).toEqual([1, 3]);
  });

  it('is empty after it was cleared', () => {
    const fifo = fifoOf(1, 2);
    expect(fifo.clear()).toEqual([1, 2]);
    expect([fifo.size, fifo.clear()]).toEqual([0, []]);
  });
});

it('does as an array does, however it is used and however long it is', () => {
  const use = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 2000 }) }),
    fc.record({ shift: fc.integer({ min: 1, max: 2000 }) }),
    fc.record({ putBack: fc.array(fc.nat(9), { maxLength: 3 }) }),
    fc.constantFrom('takeYoungest', 'takeAll', 'clear'),
  );
  fc.assert(
    fc.property(fc.array(use, { maxLength: 12 }), (uses) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      for (const each of uses) {
        if (each === 'takeYoungest') {
          const index = model.findLastIndex(isEven);
          expect(fifo.takeYoungest(isEven)).toBe(index < 0 ? undefined : model.splice(index, 1)[0]);
        } else if (each === 'takeAll') {
          expect(fifo.takeAll(isEven)).toEqual(model.filter(isEven));
          model = model.filter((item) => !isEven(item));
        } else if (each === 'clear') {
          expect(fifo.clear()).toEqual(model.splice(0));
        } else if ('push' in each) {
          for (let item = 0; item < each.push; item++) {
            fifo.push(item);
            model.push(item);
          }
        } else if ('shift' in each) {
          for (let count = 0; count < each.shift; count++) {
            expect(fifo.shift()).toBe(model.shift());
          }
        } else {
          fifo.putBack(each.putBack);
          model.unshift(...each.putBack);
        }
        expect(fifo.size).toBe(model.length);
        expect(fifo.first).toBe(model[0]);
      }
    }),
  );
});
