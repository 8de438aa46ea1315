const SMALLEST = 16;

/**
 * Values by unsigned 32-bit integers, for entries that come and go all the time.
 *
 * A `Map` or `Set` makes a new table every few hundred deletions, and the old table refers to the new
 * one. Once one of them has grown old, all that was in flight since then survives until the next full
 * collection: a third of a busy server's time. Here a table is made only when the map grows.
 *
 * Open addressing with linear probing; a deletion closes its gap.
 */
export class IdMap<Value> {
  size = 0;
  private ids = new Uint32Array(SMALLEST);
  private entries: (Value | undefined)[] = new Array<Value | undefined>(SMALLEST).fill(undefined);
  /** Odd and secret, so that nobody can choose ids that all want the same place. */
  private readonly factor = (Math.random() * 0x1_0000_0000) | 1;

  get(id: number): Value | undefined {
    return this.entries[this.find(id)];
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** Adds a value, or replaces that of the id. */
  set(id: number, value: Value): void {
    if (!this.add(id, value)) {
      this.entries[this.find(id)] = value;
    }
  }

  /** Adds a value; false where the id has one. */
  add(id: number, value: Value): boolean {
    const slot = this.find(id);
    if (this.entries[slot] !== undefined) {
      return false;
    }
    this.ids[slot] = id;
    this.entries[slot] = value;
    this.size++;
    if (this.size * 2 > this.entries.length) {
      this.resize(this.entries.length * 2);
    }
    return true;
  }

  /** @returns whether there was one */
  delete(id: number): boolean {
    let gap = this.find(id);
    if (this.entries[gap] === undefined) {
      return false;
    }
    this.size--;
    const mask = this.entries.length - 1;
    for (let slot = (gap + 1) & mask; this.entries[slot] !== undefined; slot = (slot + 1) & mask) {
      const home = this.home(this.ids[slot] as number);
      // An entry beyond the gap moves into it, unless that would put it before its home.
      if (((slot - home) & mask) >= ((slot - gap) & mask)) {
        this.ids[gap] = this.ids[slot] as number;
        this.entries[gap] = this.entries[slot];
        gap = slot;
      }
    }
    this.entries[gap] = undefined;
    return true;
  }

  /** Whether any value is such a one. */
  some(isSuch: (value: Value) => boolean): boolean {
    return this.entries.some((value) => value !== undefined && isSuch(value));
  }

  /** The values, in no order. */
  values(): Value[] {
    return this.entries.filter((value) => value !== undefined);
  }

  /** Where an id stands, or would. */
  private find(id: number): number {
    const mask = this.entries.length - 1;
    let slot = this.home(id);
    while (this.entries[slot] !== undefined && this.ids[slot] !== id) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private home(id: number): number {
    const hash = Math.imul(id, this.factor);
    return (hash ^ (hash >>> 15)) & (this.entries.length - 1);
  }

  private resize(length: number): void {
    const { ids, entries } = this;
    this.ids = new Uint32Array(length);
    this.entries = new Array<Value | undefined>(length).fill(undefined);
    for (const [index, value] of entries.entries()) {
      if (value !== undefined) {
        const slot = this.find(ids[index] as number);
        this.ids[slot] = ids[index] as number;
        this.entries[slot] = value;
      }
    }
  }
}
