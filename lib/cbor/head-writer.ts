import type { CodecLimits } from './codec-limits.js';
import { EncodeError } from './codec-error.js';
import type { Slice } from './slice.js';

/** Room for a few full frames, so that the envelopes of one tick mostly lie next to each other. */
const CHUNK_SIZE = 64 * 1024;
const NO_CHUNK = Buffer.alloc(0);
const LONGEST_HEAD = 9;
/** Up to this length, writing a text char by char beats the call into native code. */
const SHORT_TEXT = 48;

/** String.prototype.isWellFormed, which Node has and TypeScript's es2023 library does not name. */
interface WellFormedText {
  isWellFormed(): boolean;
}

/** The major types of CBOR, as the upper three bits of an item's first byte. */
export const Major = {
  unsigned: 0x00,
  negative: 0x20,
  bytes: 0x40,
  text: 0x60,
  array: 0x80,
  map: 0xa0,
  tag: 0xc0,
  simple: 0xe0,
} as const;

/**
 * Writes the pieces of CBOR items into pooled memory: heads, strings, numbers.
 *
 * The bytes that `finish` returns are never written to again, and a small result keeps at most one
 * small chunk alive. After an error the next `begin` makes the writer usable again.
 */
export class HeadWriter {
  private chunk: Buffer = NO_CHUNK;
  private view: DataView = new DataView(NO_CHUNK.buffer, 0, 0);
  private capacity = 0;
  private start = 0;
  private position = 0;

  /** @param limits of these, `maxDepth`, `maxPayload` and `maxBignum` matter for writing */
  constructor(protected readonly limits: CodecLimits) {}

  /** Starts a payload. An unfinished one is discarded. */
  begin(): void {
    this.position = this.start;
    if (this.capacity > CHUNK_SIZE) this.useChunk(NO_CHUNK);
  }

  /**
   * Ends the payload.
   *
   * @returns where exactly the bytes written since `begin` are
   * @throws EncodeError if they are more than `maxPayload`
   */
  finish(): Slice {
    if (this.length > this.limits.maxPayload) throw this.tooLong();
    const payload = { buffer: this.chunk, start: this.start, end: this.position };
    this.start = this.position;
    if (this.capacity > CHUNK_SIZE) this.useChunk(NO_CHUNK);
    return payload;
  }

  /** Bytes written since `begin`. */
  get length(): number {
    return this.position - this.start;
  }

  /** Writes the head of an array; its `length` elements follow. */
  arrayHead(length: number): void {
    this.head(Major.array, length);
  }

  /** Writes the head of a map; its `size` keys and values follow, key by value. */
  mapHead(size: number): void {
    this.head(Major.map, size);
  }

  /** Writes an unsigned integer of up to Number.MAX_SAFE_INTEGER. */
  unsigned(value: number): void {
    this.head(Major.unsigned, value);
  }

  /** Writes CBOR `null`. */
  null(): void {
    this.byte(0xf6);
  }

  /** Writes CBOR `undefined`, which `value` never does. */
  undefined(): void {
    this.byte(0xf7);
  }

  /** Copies one item, or several, that are CBOR already. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.length + length > this.limits.maxPayload) throw this.tooLong();
    if (this.position + length > this.capacity) this.grow(length);
    this.chunk.set(bytes, this.position);
    this.position += length;
  }

  /** Writes a text string. @throws EncodeError on a lone surrogate */
  text(value: string): void {
    const { length } = value;
    if (length > SHORT_TEXT) return this.longText(value);
    if (this.position + length + LONGEST_HEAD > this.capacity) this.grow(length + LONGEST_HEAD);
    const { chunk } = this;
    let position = this.position;
    if (length < 24) {
      chunk[position++] = Major.text | length;
    } else {
      chunk[position++] = Major.text | 24;
      chunk[position++] = length;
    }
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return this.longText(value);
      chunk[position++] = code;
    }
    this.position = position;
  }

  /** Writes any number: as an integer if it is a safe one, else as a float. */
  protected number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.head(Major.unsigned, value);
      else this.head(Major.negative, -1 - value);
    } else {
      this.float(value);
    }
  }

  /** Writes a float, in the widths that Python chooses: half for NaN and infinities, else double. */
  protected float(value: number): void {
    if (this.position + LONGEST_HEAD > this.capacity) this.grow(LONGEST_HEAD);
    if (Number.isFinite(value)) {
      this.chunk[this.position] = 0xfb;
      this.view.setFloat64(this.position + 1, value);
      this.position += 9;
    } else {
      this.chunk[this.position] = 0xf9;
      this.view.setUint16(this.position + 1, value > 0 ? 0x7c00 : value < 0 ? 0xfc00 : 0x7e00);
      this.position += 3;
    }
  }

  /** Writes an integer of any size: in a head up to 64 bits, beyond them as tag 2 or 3. */
  protected bigint(value: bigint): void {
    const negative = value < 0n;
    const magnitude = negative ? -1n - value : value;
    if (magnitude <= 0xffff_ffff_ffff_ffffn) {
      this.wideHead(negative ? Major.negative : Major.unsigned, magnitude);
      return;
    }
    const digits = magnitude.toString(16);
    const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
    if (bytes.length > this.limits.maxBignum) {
      const limit = `codec.maxBignum is ${this.limits.maxBignum}`;
      throw new EncodeError(`cannot encode a bigint of ${bytes.length} bytes (${limit})`);
    }
    this.head(Major.tag, negative ? 3 : 2);
    this.bytes(bytes);
  }

  /** Writes a byte string. */
  protected bytes(value: Uint8Array): void {
    this.head(Major.bytes, value.length);
    this.raw(value);
  }

  /** Writes one byte as it is. */
  protected byte(value: number): void {
    if (this.position >= this.capacity) this.grow(1);
    this.chunk[this.position++] = value;
  }

  /** Writes a head in its shortest form. */
  protected head(major: number, argument: number): void {
    if (this.position + LONGEST_HEAD > this.capacity) this.grow(LONGEST_HEAD);
    const { chunk } = this;
    const { position } = this;
    if (argument < 24) {
      chunk[position] = major | argument;
      this.position = position + 1;
    } else if (argument < 0x100) {
      chunk[position] = major | 24;
      chunk[position + 1] = argument;
      this.position = position + 2;
    } else if (argument < 0x1_0000) {
      chunk[position] = major | 25;
      this.view.setUint16(position + 1, argument);
      this.position = position + 3;
    } else if (argument < 0x1_0000_0000) {
      chunk[position] = major | 26;
      this.view.setUint32(position + 1, argument);
      this.position = position + 5;
    } else {
      chunk[position] = major | 27;
      this.view.setUint32(position + 1, Math.floor(argument / 0x1_0000_0000));
      this.view.setUint32(position + 5, argument % 0x1_0000_0000);
      this.position = position + 9;
    }
  }

  /** Writes a head whose argument may need all 64 bits. */
  protected wideHead(major: number, argument: bigint): void {
    if (argument <= Number.MAX_SAFE_INTEGER) return this.head(major, Number(argument));
    if (this.position + LONGEST_HEAD > this.capacity) this.grow(LONGEST_HEAD);
    this.chunk[this.position] = major | 27;
    this.view.setBigUint64(this.position + 1, argument);
    this.position += 9;
  }

  /**
   * Lowers the size in the head of a map whose members are written already.
   *
   * @param offset where the head lies, in bytes since `begin`
   * @param written the size that the head has now
   * @param kept the size that it should have
   */
  protected shrinkMap(offset: number, written: number, kept: number): void {
    const members = this.start + offset + headSize(written);
    const end = this.position;
    this.position = this.start + offset;
    this.head(Major.map, kept);
    // A head that got shorter leaves a gap, which is closed here; mostly it did not.
    if (this.position < members) this.chunk.copyWithin(this.position, members, end);
    this.position += end - members;
  }

  private longText(value: string): void {
    const size = Buffer.byteLength(value);
    if (size !== value.length && !(value as unknown as WellFormedText).isWellFormed()) {
      throw new EncodeError('cannot encode text with a lone surrogate');
    }
    if (this.length + size > this.limits.maxPayload) throw this.tooLong();
    this.head(Major.text, size);
    if (this.position + size > this.capacity) this.grow(size);
    this.position += this.chunk.write(value, this.position);
  }

  private grow(extra: number): void {
    const { length } = this;
    if (length > this.limits.maxPayload) throw this.tooLong();
    const needed = length + extra;
    const chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_SIZE, Math.ceil(needed * 1.5)));
    this.chunk.copy(chunk, 0, this.start, this.position);
    this.useChunk(chunk);
    this.position = length;
  }

  private useChunk(chunk: Buffer): void {
    this.chunk = chunk;
    this.view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    this.capacity = chunk.length;
    this.start = 0;
    this.position = 0;
  }

  protected tooLong(): EncodeError {
    const { maxPayload } = this.limits;
    return new EncodeError(`payload longer than ${maxPayload} bytes (codec.maxPayload)`);
  }
}

function headSize(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  if (argument < 0x1_0000) return 3;
  return argument < 0x1_0000_0000 ? 5 : 9;
}
