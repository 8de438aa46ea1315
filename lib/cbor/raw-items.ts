import { randomBytes } from 'node:crypto';
import type { Written } from './cbor-x.js';

/** What goes past cbor-x: an item that is CBOR already, or a long byte string without its head. */
export interface RawBytes {
  readonly bytes: Uint8Array;
  readonly isByteString: boolean;
}

/** Begins what stands for an item that is CBOR already. No value has it: it is drawn at random. */
const MARK = randomBytes(16);
/** How a mark is written: with a head, and the item's number behind it. */
const WRITTEN_MARK = Buffer.concat([Buffer.of(0x40 | (MARK.length + 4)), MARK]);

/** What goes past cbor-x, which writes a mark in the place of each. */
export class RawItems {
  private items: RawBytes[] = [];

  get isEmpty(): boolean {
    return this.items.length === 0;
  }

  clear(): void {
    if (this.items.length > 0) this.items = [];
  }

  /** @returns what stands for the bytes */
  add(bytes: Uint8Array, isByteString = false): Buffer {
    const mark = Buffer.alloc(MARK.length + 4);
    MARK.copy(mark);
    mark.writeUInt32BE(this.items.push({ bytes, isByteString }) - 1, MARK.length);
    return mark;
  }

  /**
   * Goes over what cbor-x wrote. Of keys that became the same, its Map has kept the last.
   *
   * @param onWritten takes the bytes from `start` to `end`
   * @param onItem takes what belongs behind them
   */
  resolve(
    written: Written,
    onWritten: (bytes: Buffer, start: number, end: number) => void,
    onItem: (item: RawBytes) => void,
  ): void {
    const { end } = written;
    const bytes = written.subarray(0, end);
    let from = written.start;
    for (let at = bytes.indexOf(WRITTEN_MARK, from); at >= 0;) {
      const number = at + WRITTEN_MARK.length;
      onWritten(bytes, from, at);
      onItem(this.items[bytes.readUInt32BE(number)] as RawBytes);
      from = number + 4;
      at = bytes.indexOf(WRITTEN_MARK, from);
    }
    onWritten(bytes, from, end);
  }
}
