/** How many places at the front may be empty before the array is made shorter. */
const COMPACTION = 1024;

/** A first-in, first-out queue. Shifting an array costs its length; `shift` here costs one step. */
export class Fifo<Item> {
  /** Places before `next` are empty, so that nothing keeps alive what has left. */
  private items: (Item | undefined)[] = [];
  /** Where the oldest item stands. */
  private next = 0;

  get size(): number {
    return this.items.length - this.next;
  }

  push(item: Item): void {
    this.items.push(item);
  }

  /** Takes out the oldest item; undefined where the queue is empty. */
  shift(): Item | undefined {
    if (this.size === 0) {
      return undefined;
    }
    const item = this.items[this.next];
    this.items[this.next++] = undefined;
    this.shorten();
    return item;
  }

  /** Empties the queue. @returns what was in it, oldest first */
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
