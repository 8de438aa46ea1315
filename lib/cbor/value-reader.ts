import { PrivateTag, readArray } from './cbor-x.js';
import { Guard, type Patch } from './guard.js';

/** Bytes that are kept from payload to payload: cbor-x is slow to start with new memory. */
const SCRATCH_SIZE = 16 * 1024;
/** Room for the head of an array of up to 65,535 items around them. */
const HEAD_SIZE = 3;
/** Up to this length, copying byte by byte beats the call into native code. */
const SHORT = 32;

/**
 * Reads CBOR items as JavaScript values. The guard looks at them first; then cbor-x reads all that
 * were taken from a payload at once.
 *
 * For any bytes, only DecodeError is thrown, and memory stays within the limits.
 */
export class ValueReader extends Guard {
  private readonly taken = new Scratch();
  private readonly single = new Scratch();
  /** Where the items of the last {@link take} begin, as their attachments are not known yet. */
  private start = 0;
  private end = 0;
  private waiting = 0;
  private waitingPatches = 0;

  override release(): void {
    super.release();
    this.taken.clear();
    this.waiting = 0;
  }

  /** Walks over items, which {@link takenValues} will read. @throws DecodeError */
  take(count: number): void {
    this.settle();
    if (this.patches.length > 0) this.patches.length = this.references.length = 0;
    this.count(count);
    this.start = this.position;
    this.walk(count);
    this.end = this.position;
    this.waiting = count;
    this.waitingPatches = this.patches.length;
  }

  /**
   * Puts frames in the place of the tags for attachments, in the items that were taken last.
   *
   * @returns false where the tags do not refer to each of the frames once, and to no other
   */
  attach(frames: readonly Buffer[]): boolean {
    const { references } = this;
    const used = new Set(references.map(({ index }) => index));
    if (references.length !== frames.length || used.size !== frames.length) return false;
    for (const { patch, index, end } of references) {
      const frame = frames[index];
      if (frame === undefined) return false;
      patch.bytes = this.outside(frame);
      patch.end = end;
    }
    return true;
  }

  /** Reads all items that were taken from the payload, in order. */
  takenValues(): unknown[] {
    this.settle();
    return this.taken.read(this.byteStrings);
  }

  /** Reads one item at once. @throws DecodeError */
  value(): unknown {
    const { single } = this;
    const start = this.position;
    const known = this.patches.length;
    this.walkAlone();
    single.add(this.bytes, start, this.position, 1, this.patches.splice(known));
    return single.read(this.byteStrings)[0];
  }

  /** Walks over one item without interest in its value. @throws DecodeError */
  skip(): void {
    const known = this.patches.length;
    this.walkAlone();
    if (this.patches.length > known) this.patches.length = known;
  }

  /** A copy of the bytes from `start` to the position. */
  copyFrom(start: number): Uint8Array {
    return new Uint8Array(this.bytes.subarray(start, this.position));
  }

  private walkAlone(): void {
    const known = this.references.length;
    this.count(1);
    this.walk(1);
    if (this.references.length > known) this.references.length = known;
  }

  private settle(): void {
    if (this.waiting === 0) return;
    // What follows the items may have been refused halfway.
    if (this.patches.length > this.waitingPatches) this.patches.length = this.waitingPatches;
    this.taken.add(this.bytes, this.start, this.end, this.waiting, this.patches);
    this.waiting = 0;
  }
}

/** An array for cbor-x to read, to which items are added. */
class Scratch {
  private bytes = Buffer.allocUnsafeSlow(SCRATCH_SIZE);
  private used = HEAD_SIZE;
  private items = 0;

  clear(): void {
    this.used = HEAD_SIZE;
    this.items = 0;
    if (this.bytes.length > SCRATCH_SIZE) {
      this.bytes = Buffer.allocUnsafeSlow(SCRATCH_SIZE);
      // cbor-x holds on to the memory that it has read last.
      this.read([]);
    }
  }

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
