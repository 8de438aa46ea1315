/** An item of a {@link LinkedList}, which alone writes these. An item is in one list at most. */
export interface Linked<Item> {
  previous: Item | undefined;
  next: Item | undefined;
}

/**
 * Items in the order in which they came, each of which may leave at any time. Unlike a `Set` it makes no
 * new tables while items come and go, which cost a busy process a third of its time (see `IdMap`).
 */
export class LinkedList<Item extends Linked<Item>> {
  size = 0;
  /** The oldest item; undefined where there is none. */
  first: Item | undefined = undefined;
  private last: Item | undefined;

  /** Adds an item that is in no list. */
  push(item: Item): void {
    const { last } = this;
    item.previous = last;
    if (last) {
      last.next = item;
    } else {
      this.first = item;
    }
    this.last = item;
    this.size++;
  }

  /** @returns whether it was there */
  delete(item: Item): boolean {
    const { previous, next } = item;
    if (!previous && this.first !== item) {
      return false;
    }
    if (previous) {
      previous.next = next;
    } else {
      this.first = next;
    }
    if (next) {
      next.previous = previous;
    } else {
      this.last = previous;
    }
    // So that one that is kept alive keeps none of the others alive.
    item.previous = item.next = undefined;
    this.size--;
    return true;
  }

  /** All items, oldest first. They may leave while these are gone through. */
  all(): Item[] {
    const items: Item[] = [];
    for (let item = this.first; item; item = item.next) {
      items.push(item);
    }
    return items;
  }
}
