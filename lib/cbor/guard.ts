import { isUtf8 } from 'node:buffer';
import { ATTACHMENT_TAG } from './attachments.js';
import { parseDate, toMilliseconds } from './dates.js';
import { BREAK, HeadReader, INDEFINITE, Major, NO_BYTES } from './head-reader.js';
import {
  AS_ENTRIES,
  AS_MAP,
  BIGNUM,
  NEGATIVE_BIGNUM,
  type Patch,
  SIMPLE_VALUES,
  tagHead,
  wholeString,
} from './patch.js';

/** A tag that may stand for an attachment, and the index in it; -1 where it has none. */
interface Reference {
  readonly patch: Patch;
  readonly index: number;
  readonly end: number;
}

/** The tags that mean to cbor-x what they mean here. */
const MEANT: ReadonlySet<number> = new Set([0, 1, 258]);
/** Up to this length, looking at the bytes of a text beats the call into native code. */
const SHORT_TEXT = 48;
/** A payload that a byte string may keep alive, however short it is: as large as Node's pool. */
const SMALL_PAYLOAD = 8 * 1024;
/** How many times its own bytes a byte string may keep alive of larger ones. */
const MAX_KEPT = 4;
const UNDERSCORE = 0x5f;
/**
 * Walks over the heads of CBOR items, before cbor-x makes anything of them.
 *
 * It refuses what is not well-formed or beyond the limits: memory is claimed only after this. What
 * cbor-x would read otherwise than docs/values.md says is noted as a {@link Patch}.
 */
export class Guard extends HeadReader {
  protected readonly patches: Patch[] = [];
  protected readonly references: Reference[] = [];
  /** Byte strings, which stay outside of what cbor-x reads. */
  protected byteStrings: Buffer[] = [];
  /** The last text that came in chunks. */
  private joined: Buffer = NO_BYTES;

  override release(): void {
    super.release();
    this.joined = NO_BYTES;
    if (this.patches.length > 0) this.patches.length = 0;
    if (this.references.length > 0) this.references.length = 0;
    if (this.byteStrings.length > 0) this.byteStrings = [];
  }

  /** Walks over items. @throws DecodeError */
  protected walk(count: number, depth = 0): void {
    const { bytes } = this;
    for (let left = count; left > 0; left--) {
      const start = this.position;
      const initial = bytes[start];
      // Small integers, booleans and null, and short texts: most of what there is.
      if (initial === undefined) throw this.truncated();
      if (initial < 0x18 || (initial >= 0xf4 && initial < 0xf8)) this.position = start + 1;
      else if (initial >= 0x60 && initial < 0x78) this.shortText(start + 1, initial - 0x60);
      else this.item(start, initial, depth);
    }
  }

  private item(start: number, initial: number, depth: number): void {
    const argument = this.argument(initial);
    switch (initial >> 5) {
      case Major.BYTES:
        return this.byteString(start, argument);
      case Major.TEXT:
        return this.text(start, argument);
      case Major.ARRAY:
        this.enter(start, depth);
        return this.array(argument, depth + 1);
      case Major.MAP:
        this.enter(start, depth);
        return this.map(start, argument, depth + 1);
      case Major.TAG:
        return this.tag(start, argument, depth);
      case Major.SIMPLE:
        if (initial >= 0xf4 && initial !== 0xf8) return;
        this.patch(start, SIMPLE_VALUES[argument] as Buffer);
        return;
      default:
        // As a bignum, since the number nearest to it is another one.
        if (argument > Number.MAX_SAFE_INTEGER - (initial >> 5)) {
          this.patch(start, initial >> 5 ? NEGATIVE_BIGNUM : BIGNUM, start + 1);
        }
    }
  }

  private array(length: number, depth: number): void {
    if (length >= 0) {
      this.count(length);
      return this.walk(length, depth);
    }
    while (!this.atBreak()) {
      this.count(1);
      this.walk(1, depth);
    }
  }

  private map(start: number, size: number, depth: number): void {
    let patch: Buffer | undefined;
    if (size > 0) this.count(size, 2 * size);
    for (let left = size; left > 0 || (left < 0 && !this.atBreak()); left--) {
      if (size < 0) this.count(1, 2);
      const key = this.described(this.position);
      this.walk(1, depth);
      if ((this.bytes[key] as number) >> 5 !== Major.TEXT) patch = AS_MAP;
      else if (this.mayBeProto(key)) patch ??= AS_ENTRIES;
      this.walk(1, depth);
    }
    if (patch !== undefined) this.patch(start, patch, start);
  }

  /** Whether the key before the position may be a name that cbor-x would change. */
  private mayBeProto(start: number): boolean {
    const { bytes, position } = this;
    const last = bytes[position - 1];
    if (last === BREAK) return true;
    return last === UNDERSCORE && bytes.subarray(start, position).includes('__proto__');
  }

  private tag(start: number, number: number, depth: number): void {
    if (number === 2 || number === 3) return this.bignum();
    this.enter(start, depth);
    const patch = MEANT.has(number)
      ? undefined
      : this.patch(start, tagHead(number, this.bytes, start + 1, this.position));
    if (patch) this.count(1);
    const content = this.described(this.position);
    this.walk(1, depth + 1);
    const major = (this.bytes[content] as number) >> 5;
    if (number === 258 && major !== Major.ARRAY) {
      throw this.error('malformed', 'set that is no array');
    } else if (number <= 1 && Number.isNaN(this.dateAt(content, number))) {
      throw this.error('malformed', `tag ${number} without a date`);
    } else if (patch && number === ATTACHMENT_TAG) {
      const index = major === Major.UNSIGNED ? this.argumentAt(content) : -1;
      this.references.push({ patch, index, end: this.position });
    }
  }

  /** Where an item begins behind the tags that only say that it is CBOR. */
  private described(start: number): number {
    const { bytes } = this;
    let at = start;
    while (bytes[at] === 0xd9 && bytes[at + 1] === 0xd9 && bytes[at + 2] === 0xf7) at += 3;
    return at;
  }

  private bignum(): void {
    const start = this.position;
    const initial = this.peek();
    if (initial >> 5 !== Major.BYTES)
      throw this.error('malformed', 'bignum that is no byte string');
    const length = this.argument(initial);
    if (length >= 0) {
      this.advance(length);
      return this.checkBignum(length);
    }
    const bytes = this.chunks(Major.BYTES);
    this.checkBignum(bytes.length);
    this.patch(start, wholeString(Major.BYTES, bytes));
  }

  private checkBignum(length: number): void {
    if (length <= this.limits.maxBignum) return;
    const limit = `${this.limits.maxBignum} (codec.maxBignum)`;
    throw this.error('bignum-too-long', `bignum of ${length} bytes, more than ${limit}`);
  }

  private byteString(start: number, length: number): void {
    const bytes = length < 0 ? this.chunks(Major.BYTES) : this.part(this.advance(length));
    this.patch(start, this.outside(bytes));
  }

  /** The bytes up to the position: a copy where they are a small part, for a view keeps all of them alive. */
  private part(start: number): Buffer {
    const { bytes, position } = this;
    const view = bytes.subarray(start, position);
    const isSmallPart = bytes.length > SMALL_PAYLOAD && bytes.length > MAX_KEPT * view.length;
    return isSmallPart ? Buffer.from(view) : view;
  }

  /** Leaves bytes outside of what cbor-x reads. @returns their number there */
  protected outside(bytes: Buffer): number {
    return this.byteStrings.push(bytes) - 1;
  }

  private text(start: number, length: number): void {
    if (length < 0) {
      const bytes = (this.joined = this.chunks(Major.TEXT));
      this.patch(start, wholeString(Major.TEXT, bytes));
    } else {
      this.checkText(this.advance(length));
    }
  }

  private shortText(start: number, length: number): void {
    const { bytes } = this;
    const end = start + length;
    if (end > bytes.length) {
      this.position = start;
      throw this.truncated();
    }
    this.position = end;
    for (let at = start; at < end; at++) {
      if ((bytes[at] as number) > 0x7f) return this.checkText(start);
    }
  }

  private chunks(major: number): Buffer {
    const chunks: Buffer[] = [];
    while (!this.atBreak()) {
      const initial = this.peek();
      if (initial >> 5 !== major || (initial & 0x1f) === INDEFINITE) {
        throw this.error('malformed', 'string with a chunk of another kind');
      }
      this.count(1);
      const start = this.advance(this.argument(initial));
      if (major === Major.TEXT) this.checkText(start);
      chunks.push(this.bytes.subarray(start, this.position));
    }
    return Buffer.concat(chunks);
  }

  /** Checks that the bytes up to the position are UTF-8. */
  protected checkText(start: number): void {
    const { bytes, position } = this;
    let at = start;
    if (position - start <= SHORT_TEXT) while (at < position && (bytes[at] as number) < 0x80) at++;
    if (at === position || isUtf8(bytes.subarray(at, position))) return;
    throw this.error('invalid-utf8', 'text that is not UTF-8', start);
  }

  /** The date whose content was walked over from `at` on, in milliseconds; NaN if it is none. */
  private dateAt(at: number, tag: number): number {
    const { bytes, position } = this;
    const initial = bytes[at] as number;
    if (tag === 1) return new Date(toMilliseconds(this.numberAt(at))).getTime();
    if (initial >> 5 !== Major.TEXT) return NaN;
    const length = this.argumentAt(at);
    return parseDate(
      length < 0 ? this.joined.toString() : bytes.toString('latin1', position - length, position),
    );
  }

  private numberAt(at: number): number {
    const { bytes } = this;
    const initial = bytes[at] as number;
    if (initial >> 5 === Major.UNSIGNED) return this.argumentAt(at);
    if (initial >> 5 === Major.NEGATIVE) return -1 - this.argumentAt(at);
    if (initial === 0xfa) return bytes.readFloatBE(at + 1);
    if (initial === 0xfb) return bytes.readDoubleBE(at + 1);
    // Every half float is in the range of dates, but for infinities and NaN.
    return initial === 0xf9 && (bytes.readUInt16BE(at + 1) & 0x7c00) !== 0x7c00 ? 0 : NaN;
  }

  private enter(start: number, depth: number): void {
    if (depth < this.limits.maxDepth) return;
    const limit = `${this.limits.maxDepth} levels (codec.maxDepth)`;
    throw this.error('too-deep', `nested deeper than ${limit}`, start);
  }

  /** Notes that cbor-x should read other bytes than those from `start` to `end`. */
  private patch(start: number, bytes: Buffer | number, end = this.position): Patch {
    const patch = { start, end, bytes };
    this.patches.push(patch);
    return patch;
  }
}
