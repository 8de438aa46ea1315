import { PrivateTag, readArray } from './cbor-x.js';
import type { Patch } from './patch.js';

/** Bytes that are kept from payload to payload: cbor-x is slow to start with new memory. */
const SCRATCH_SIZE = 16 * 1024;
/** Room for the head of an array of up to 65,535 items around them. */
const HEAD_SIZE = 3;
/** Up to this length, copying byte by byte beats the call into native code. */
const SHORT = 32;

/** An array for cbor-x to read, to which items are added. */
export class Scratch {
  private bytes = Buffer.allocUnsafeSlow(SCRATCH_SIZE);
  private used = HEAD_SIZE;
  private items = 0;

  /** Forgets the items, and all but a small memory. */
  clear(): void {
    this.used = HEAD_SIZE;
    this.items = 0;
    if (this.bytes.length > SCRATCH_SIZE) {
      this.bytes = Buffer.allocUnsafeSlow(SCRATCH_SIZE);
      // cbor-x holds on to the memory that it has read last.
      this.read([]);
    }
  }

  /**
   * Copies items.
   *
   * @param count how many there are from `start` to `end`
   * @param patches what is put in the place of bytes of theirs; sorted by this
   */
  add(payload: Buffer, start: number, end: number, count: number, patches: Patch[]): void {
    // A patch of a map is found after those of what is in it.
    if (patches.length > 1) patches.sort((one, other) => one.start - other.start);
    let from = start;
    for (let index = 0; index < patches.length; index++) {
      const patch = patches[index] as Patch;
      this.copy(payload, from, patch.start);
      if (typeof patch.bytes === 'number') this.refer(patch.bytes);
      else this.copy(patch.bytes, 0, patch.bytes.length);
      from = patch.end;
    }
    this.copy(payload, from, end);
    this.items += count;
  }

  /** Reads the items, and is empty afterwards. */
  read(byteStrings: readonly Buffer[]): unknown[] {
    this.bytes[0] = 0x99;
    this.bytes[1] = this.items >> 8;
    this.bytes[2] = this.items;
    try {
      return readArray(this.bytes, byteStrings);
    } finally {
      this.clear();
    }
  }

  /** Adds the tag that stands for a byte string. */
  private refer(index: number): void {
    if (this.used + 6 > this.bytes.length) this.grow(6);
    this.bytes[this.used] = 0xc0 | PrivateTag.BYTES;
    this.bytes[this.used + 1] = 0x1a;
    this.used = this.bytes.writeUInt32BE(index, this.used + 2);
  }

  private copy(source: Buffer, start: number, end: number): void {
    const { used } = this;
    const length = end - start;
    if (used + length > this.bytes.length) this.grow(length);
    const { bytes } = this;
    if (length > SHORT) source.copy(bytes, used, start, end);
    else
      for (let index = 0; index < length; index++)
        bytes[used + index] = source[start + index] as number;
    this.used = used + length;
  }

  private grow(extra: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.used + extra, 2 * this.bytes.length));
    this.bytes.copy(bytes, 0, 0, this.used);
    this.bytes = bytes;
  }
}
