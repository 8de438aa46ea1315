/** Numbers that look random, the same for the same seed (mulberry32). */
export class Dice {
  constructor(private state: number) {}

  /** Dice whose numbers follow from some bytes alone. */
  static of(bytes: Uint8Array): Dice {
    let state = bytes.length;
    for (const byte of bytes.subarray(0, 256)) {
      state = (Math.imul(state, 31) + byte) | 0;
    }
    return new Dice(state);
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  oneOf<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }
}
