import { Guard } from './guard.js';
import { INDEFINITE, Major, Simple } from './head-reader.js';
import { Scratch } from './scratch.js';
import { texts } from './text-cache.js';

const INDEFINITE_TEXT = (Major.TEXT << 5) | INDEFINITE;
const NULL = (Major.SIMPLE << 5) | Simple.NULL;
const UNDEFINED = (Major.SIMPLE << 5) | Simple.UNDEFINED;

// Of all readers, as the memory of cbor-x is: a payload is read at once, and then released.
const taken = new Scratch();
const single = new Scratch();

/**
 * Reads CBOR items as JavaScript values. The guard looks at them first; then cbor-x reads all that
 * were taken from a payload at once.
 *
 * For any bytes, only DecodeError is thrown, and memory stays within the limits.
 */
export class ValueReader extends Guard {
  /** Where the items of the last {@link take} begin, as their attachments are not known yet. */
  private start = 0;
  private end = 0;
  private waiting = 0;
  private waitingPatches = 0;

  override release(): void {
    super.release();
    taken.clear();
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
    return taken.read(this.byteStrings);
  }

  /** Reads one item at once. @throws DecodeError */
  value(): unknown {
    const start = this.position;
    const known = this.patches.length;
    this.walkAlone();
    single.add(this.bytes, start, this.position, 1, this.patches.splice(known));
    return single.read(this.byteStrings)[0];
  }

  /** Reads one item at once, by hand where it is a text. @throws DecodeError */
  textOrValue(): unknown {
    const initial = this.peek();
    if (initial >> 5 !== Major.TEXT || initial === INDEFINITE_TEXT) return this.value();
    this.count(1);
    const start = this.advance(this.argument(initial));
    this.checkText(start);
    return texts.read(this.bytes, start, this.position);
  }

  /** Whether the next item is null or undefined. If so, it is consumed. @throws DecodeError */
  atNothing(): boolean {
    const initial = this.peek();
    if (initial !== NULL && initial !== UNDEFINED) return false;
    this.count(1);
    this.position++;
    return true;
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
    taken.add(this.bytes, this.start, this.end, this.waiting, this.patches);
    this.waiting = 0;
  }
}
