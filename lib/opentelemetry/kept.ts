/** How many are kept: a process has few methods, links and services. */
const MOST_KEPT = 256;

/** Keeps what is made of a key, where making it costs more than all that is done with it. */
export class Kept<Key, Value> {
  private readonly values = new Map<Key, Value>();

  get(key: Key, make: (key: Key) => Value): Value {
    let value = this.values.get(key);
    if (value === undefined) {
      if (this.values.size === MOST_KEPT) {
        this.values.clear();
      }
      value = make(key);
      this.values.set(key, value);
    }
    return value;
  }
}
