import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Linked, LinkedList } from '../../lib/calls/linked-list.js';

class Item implements Linked<Item> {
  previous: Item | undefined = undefined;
  next: Item | undefined = undefined;
}

const itemsOf = (count: number): Item[] => Array.from({ length: count }, () => new Item());

describe('a list', () => {
  let list: LinkedList<Item>;
  let items: Item[];

  beforeEach(() => {
    list = new LinkedList();
    items = itemsOf(3);
    items.forEach((item) => list.push(item));
  });

  it('has its items in the order in which they came', () => {
    expect(list.all().map((item) => items.indexOf(item))).toEqual([0, 1, 2]);
    expect(list.first).toBe(items[0]);
    expect(list.size).toBe(3);
  });

  it.each([0, 1, 2])('gives up item %i of three, once', (index) => {
    const item = items[index] as Item;
    expect([list.delete(item), list.delete(item)]).toEqual([true, false]);
    expect(list.all()).toHaveLength(2);
    expect(list.all().includes(item)).toBe(false);
  });

  it('does not give up an item that is not there', () => {
    expect(list.delete(new Item())).toBe(false);
    expect(list.size).toBe(3);
  });

  it('takes an item again that has left', () => {
    const [first] = items as [Item];
    list.delete(first);
    list.push(first);
    expect(list.all().map((item) => items.indexOf(item))).toEqual([1, 2, 0]);
  });

  it('is not kept alive by an item that has left', () => {
    const [, middle] = items as [Item, Item];
    list.delete(middle);
    expect([middle.previous, middle.next]).toEqual([undefined, undefined]);
  });
});

it('does as a Set does, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), (indices) => {
      const items = itemsOf(10);
      const list = new LinkedList<Item>();
      const model = new Set<Item>();
      for (const index of indices) {
        const item = items[index] as Item;
        if (model.has(item)) {
          expect(list.delete(item)).toBe(model.delete(item));
        } else {
          list.push(item);
          model.add(item);
        }
        expect(list.size).toBe(model.size);
      }
      expect(list.all().map((item) => items.indexOf(item))).toEqual(
        [...model].map((item) => items.indexOf(item)),
      );
    }),
  );
});
