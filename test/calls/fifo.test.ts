import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../lib/calls/fifo.js';

describe('Fifo', () => {
  it('gives back what was pushed, in the same order', () => {
    const queue = new Fifo<number>();
    [1, 2, 3].forEach((item) => queue.push(item));
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([1, 2, 3]);
  });

  it('gives undefined when it is empty, and can be filled again', () => {
    const queue = new Fifo<number>();
    expect(queue.shift()).toBeUndefined();
    queue.push(1);
    expect([queue.shift(), queue.shift(), queue.size]).toEqual([1, undefined, 0]);
  });

  it('gives back all that is left when it is cleared', () => {
    const queue = new Fifo<number>();
    [1, 2, 3].forEach((item) => queue.push(item));
    queue.shift();
    expect(queue.clear()).toEqual([2, 3]);
    expect([queue.size, queue.shift()]).toEqual([0, undefined]);
  });

  it('keeps the order of more items than it makes room for', () => {
    const queue = new Fifo<number>();
    const expected: number[] = [];
    for (let item = 0; item < 10_000; item++) {
      queue.push(item);
      queue.push(-item);
      expected.push(item, -item);
      expect(queue.shift()).toBe(expected[item]);
    }
    expect(queue.clear()).toEqual(expected.slice(10_000));
  });

  it('behaves as an array does, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat())), (actions) => {
        const queue = new Fifo<number>();
        const model: number[] = [];
        for (const item of actions) {
          if (item === null) {
            expect(queue.shift()).toBe(model.shift());
          } else {
            queue.push(item);
            model.push(item);
          }
          expect(queue.size).toBe(model.length);
        }
        expect(queue.clear()).toEqual(model);
      }),
    );
  });
});
