/** How many places at the front may be empty before the array is made shorter. */
const COMPACTION = 1024;

/** A first-in, first-out queue. Shifting an array costs its length; `shift` here costs one step. */
export class Fifo<Item> {
  /** Places before `next` are empty, so that nothing keeps alive what has left. */
  private items: (Item | undefined)[] = [];
  /** The index of the oldest item. */
  private next = 0;

  get size(): number {
    return this.items.length - this.next;
  }

  /** The oldest item, which stays; undefined where the queue is empty. */
  get first(): Item | undefined {
    return this.items[this.next];
  }

  push(item: Item): void {
    this.items.push(item);
  }

  /** Takes out the oldest item; undefined where the queue is empty. */
  shift(): Item | undefined {
    const { items, next } = this;
    if (next === items.length) {
      return undefined;
    }
    const item = items[next];
    items[next] = undefined;
    this.next++;
    this.shorten();
    return item;
  }

  /** Puts items before the oldest, in their order. */
  putBack(items: readonly Item[]): void {
    // What has just been shifted left room for itself; a copy would cost the length of the queue.
    if (items.length > this.next) {
      const room = new Array<undefined>(items.length);
      this.items = room.concat(this.items.slice(this.next) as undefined[]);
      this.next = items.length;
    }
    this.next -= items.length;
    items.forEach((item, index) => {
      this.items[this.next + index] = item;
    });
  }

  /** Takes out the youngest item that matches; undefined where none does. */
  takeYoungest(matches: (item: Item) => boolean): Item | undefined {
    for (let index = this.items.length - 1; index >= this.next; index--) {
      const item = this.items[index] as Item;
      if (matches(item)) {
        this.items.splice(index, 1);
        return item;
      }
    }
    return undefined;
  }

  /** Takes out all items that match. @returns them, oldest first */
  takeAll(matches: (item: Item) => boolean): Item[] {
    const taken: Item[] = [];
    const kept: Item[] = [];
    for (let index = this.next; index < this.items.length; index++) {
      const item = this.items[index] as Item;
      (matches(item) ? taken : kept).push(item);
    }
    if (taken.length > 0) {
      this.items = kept;
      this.next = 0;
    }
    return taken;
  }

  /** Empties the queue. @returns its items, oldest first */
  clear(): Item[] {
    const items = this.items.slice(this.next) as Item[];
    this.items = [];
    this.next = 0;
    return items;
  }

  private shorten(): void {
    if (this.size === 0) {
      this.items.length = 0;
      this.next = 0;
    } else if (this.next >= COMPACTION && this.next * 2 >= this.items.length) {
      this.items.splice(0, this.next);
      this.next = 0;
    }
  }
}
