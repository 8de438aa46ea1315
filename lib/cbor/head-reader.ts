import { isUtf8 } from 'node:buffer';

import type { CodecLimits } from './codec-limits.js';
import type { DecodeReason } from './codec-error.js';
import { DecodeError } from './codec-error.js';
import { TextCache } from './text-cache.js';

const NO_BYTES = Buffer.alloc(0);
const INDEFINITE = 31;
const BREAK = 0xff;

/**
 * Reads the pieces of CBOR items from one payload: heads, strings, numbers.
 *
 * Each declared length is compared with the bytes that are left and with the limits before memory
 * is allocated for it. After an error the next `reset` makes the reader usable again.
 */
export class HeadReader {
  private bytes: Buffer = NO_BYTES;
  private position = 0;
  private elements = 0;
  private readonly texts = new TextCache();

  /** @param limits all of them matter for reading */
  constructor(protected readonly limits: CodecLimits) {}

  /**
   * Starts with a payload.
   *
   * @throws DecodeError `too-large` beyond `maxPayload`
   */
  reset(bytes: Uint8Array): void {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = 0;
    this.elements = 0;
    if (bytes.length <= this.limits.maxPayload) return;
    this.bytes = NO_BYTES;
    const limit = `${this.limits.maxPayload} (codec.maxPayload)`;
    throw this.error('too-large', `payload of ${bytes.length} bytes, more than ${limit}`);
  }

  /** Releases the payload, so that an idle reader keeps no memory alive. */
  release(): void {
    this.bytes = NO_BYTES;
    this.position = 0;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.position;
  }

  /** Goes back to read once more from `offset`. */
  rewind(offset: number): void {
    this.position = offset;
  }

  /** Whether nothing is left to read. */
  get atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  /** The major type of the next item, 0 to 7, which is not consumed. @throws DecodeError at the end */
  majorType(): number {
    return this.peek() >> 5;
  }

  /**
   * Whether an indefinite array or map ends here. If so, the break that ends it is consumed.
   *
   * @throws DecodeError at the end of the payload
   */
  atBreak(): boolean {
    if (this.peek() !== BREAK) return false;
    this.position++;
    return true;
  }

  /** Reads the head of an array. @returns its length, -1 if a break will end it */
  arrayHead(): number {
    return this.arrayLength(this.expect(4, 'an array'));
  }

  /** Reads the head of a map. @returns its number of pairs, -1 if a break will end it */
  mapHead(): number {
    return this.mapSize(this.expect(5, 'a map'));
  }

  /** Reads an unsigned integer; a bigint beyond Number.MAX_SAFE_INTEGER. */
  unsigned(): number | bigint {
    return this.argument(this.expect(0, 'an unsigned integer'));
  }

  /** Reads a text string. */
  text(): string {
    return this.textString(this.expect(3, 'text'));
  }

  protected initialByte(): number {
    const initial = this.bytes[this.position];
    if (initial === undefined) throw this.truncated();
    this.position++;
    return initial;
  }

  protected peek(): number {
    const initial = this.bytes[this.position];
    if (initial === undefined) throw this.truncated();
    return initial;
  }

  /** Reads what follows the initial byte of a head. @param additional its lower five bits */
  protected argument(additional: number): number | bigint {
    if (additional < 24) return additional;
    switch (additional) {
      case 24:
        return this.initialByte();
      case 25:
        return this.uint16(this.advance(2));
      case 26:
        return this.uint32(this.advance(4));
      case 27: {
        const at = this.advance(8);
        const high = this.uint32(at);
        if (high >= 0x20_0000) return this.bytes.readBigUInt64BE(at);
        return high * 0x1_0000_0000 + this.uint32(at + 4);
      }
      default:
        throw this.error('malformed', `head with additional information ${additional}`, 1);
    }
  }

  protected arrayLength(additional: number): number {
    return this.count(additional, 1);
  }

  protected mapSize(additional: number): number {
    return this.count(additional, 2);
  }

  /** Counts items against `maxElements`. */
  protected addElements(count: number): void {
    this.elements += count;
    if (this.elements <= this.limits.maxElements) return;
    const limit = `${this.limits.maxElements} elements (codec.maxElements)`;
    throw this.error('too-many-elements', `more than ${limit}`);
  }

  /** Reads a byte string as a view on the payload; only one that came in chunks is a copy. */
  protected byteString(additional: number): Buffer {
    if (additional !== INDEFINITE) {
      const length = this.length(additional);
      const start = this.advance(length);
      return this.bytes.subarray(start, start + length);
    }
    const chunks: Buffer[] = [];
    while (this.nextChunk(2)) chunks.push(this.byteString(this.initialByte() & 0x1f));
    return Buffer.concat(chunks);
  }

  protected textString(additional: number): string {
    if (additional !== INDEFINITE) {
      const length = this.length(additional);
      const start = this.advance(length);
      return this.texts.read(this.bytes, start, length) ?? this.longText(start, start + length);
    }
    const chunks: string[] = [];
    while (this.nextChunk(3)) chunks.push(this.textString(this.initialByte() & 0x1f));
    return chunks.join('');
  }

  protected half(): number {
    const bits = this.uint16(this.advance(2));
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  }

  protected single(): number {
    return this.bytes.readFloatBE(this.advance(4));
  }

  protected double(): number {
    return this.bytes.readDoubleBE(this.advance(8));
  }

  /** A copy of the payload's bytes from `start` to the position of the reader. */
  protected copyFrom(start: number): Uint8Array {
    return new Uint8Array(this.bytes.subarray(start, this.position));
  }

  /** @param back how far before the current position the fault lies, in bytes */
  protected error(reason: DecodeReason, problem: string, back = 0): DecodeError {
    return new DecodeError(reason, this.position - back, problem);
  }

  private expect(major: number, name: string): number {
    const initial = this.initialByte();
    if (initial >> 5 !== major) throw this.error('malformed', `expected ${name}`, 1);
    return initial & 0x1f;
  }

  private count(additional: number, itemsEach: number): number {
    if (additional === INDEFINITE) return -1;
    const count = this.length(additional);
    const items = count * itemsEach;
    if (items > this.bytes.length - this.position) throw this.truncated();
    this.addElements(items);
    return count;
  }

  // By hand, because Buffer's own readers check once more what `advance` has checked.
  private uint16(at: number): number {
    const { bytes } = this;
    return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }

  private uint32(at: number): number {
    return this.uint16(at) * 0x1_0000 + this.uint16(at + 2);
  }

  private length(additional: number): number {
    const length = this.argument(additional);
    // What a number cannot hold is longer than any payload.
    if (typeof length === 'bigint') throw this.truncated();
    return length;
  }

  private nextChunk(major: number): boolean {
    if (this.atBreak()) return false;
    const initial = this.peek();
    if (initial >> 5 !== major || (initial & 0x1f) === INDEFINITE) {
      throw this.error('malformed', 'string with a chunk of another kind');
    }
    this.addElements(1);
    return true;
  }

  /** @returns the position before `length` bytes, which are there */
  private advance(length: number): number {
    const start = this.position;
    if (length > this.bytes.length - start) throw this.truncated();
    this.position = start + length;
    return start;
  }

  private longText(start: number, end: number): string {
    const text = this.bytes.toString('utf8', start, end);
    // Bytes that are not UTF-8 become this character; a text may also contain it.
    if (text.includes('\uFFFD') && !isUtf8(this.bytes.subarray(start, end))) {
      throw this.error('invalid-utf8', 'text that is not UTF-8', end - start);
    }
    return text;
  }

  private truncated(): DecodeError {
    return this.error('truncated', 'payload ends too early');
  }
}
