import { Major, NO_BYTES } from './head-reader.js';
import type { Slice } from './slice.js';

/** Room for a few full frames, so that the envelopes of one tick mostly lie next to each other. */
const CHUNK_SIZE = 64 * 1024;
/** The longest head. */
const HEAD_SIZE = 9;
/** What is kept free behind a large item, so that a small one after it does not move it. */
const SLACK = 256;
/** Below this length, writing a text by hand beats the call into native code. */
const SHORT_TEXT = 24;
/** Below this length, copying byte by byte beats the call into native code. */
const SHORT_BYTES = 96;

/**
 * Writes the heads of CBOR items, and items that are CBOR already, into pooled memory.
 *
 * The bytes are never written to again, and a small payload keeps at most one small chunk alive.
 */
export class HeadWriter {
  private chunk: Buffer = NO_BYTES;
  private start = 0;
  private position = 0;
  /** The chunk that a large payload began in, which goes on behind it. */
  private left: { readonly chunk: Buffer; readonly start: number } | undefined;

  /** Starts a payload, and forgets one that was not finished. */
  protected restart(): void {
    this.leaveLargeChunk();
    this.position = this.start;
  }

  /** Bytes of the payload so far. */
  protected get length(): number {
    return this.position - this.start;
  }

  /** Ends a payload. */
  protected slice(): Slice {
    const { chunk, start, position } = this;
    this.start = position;
    this.leaveLargeChunk();
    return { buffer: chunk, start, end: position };
  }

  /** @param argument an unsigned integer up to Number.MAX_SAFE_INTEGER */
  head(major: number, argument: number): void {
    this.reserve(HEAD_SIZE);
    const { chunk } = this;
    const initial = major << 5;
    if (argument < 24) {
      chunk[this.position++] = initial | argument;
    } else if (argument < 0x100) {
      chunk[this.position++] = initial | 24;
      chunk[this.position++] = argument;
    } else if (argument < 0x1_0000) {
      chunk[this.position++] = initial | 25;
      chunk[this.position++] = argument >> 8;
      chunk[this.position++] = argument;
    } else if (argument < 0x1_0000_0000) {
      chunk[this.position] = initial | 26;
      this.position = chunk.writeUInt32BE(argument, this.position + 1);
    } else {
      chunk[this.position] = initial | 27;
      this.position = chunk.writeBigUInt64BE(BigInt(argument), this.position + 1);
    }
  }

  /** @param text without lone surrogates */
  protected wellFormedText(text: string): void {
    if (text.length < SHORT_TEXT && this.shortText(text)) return;
    const length = Buffer.byteLength(text);
    this.head(Major.TEXT, length);
    this.reserve(length);
    this.position += this.chunk.write(text, this.position);
  }

  /** Writes bytes that are CBOR already, or that a head announced. */
  protected copy(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const { chunk, position } = this;
    if (length < SHORT_BYTES) {
      for (let index = 0; index < length; index++) {
        chunk[position + index] = bytes[start + index] as number;
      }
    } else {
      chunk.set(length === bytes.length ? bytes : bytes.subarray(start, end), position);
    }
    this.position = position + length;
  }

  /** @returns false where it is not ASCII, and is not written */
  private shortText(text: string): boolean {
    const { length } = text;
    this.reserve(1 + length);
    const { chunk, position } = this;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      chunk[position + 1 + index] = code;
    }
    chunk[position] = (Major.TEXT << 5) | length;
    this.position = position + 1 + length;
    return true;
  }

  /** An idle writer does not keep the memory of a large payload alive. */
  private leaveLargeChunk(): void {
    if (this.left === undefined) return;
    ({ chunk: this.chunk, start: this.start } = this.left);
    this.position = this.start;
    this.left = undefined;
  }

  private reserve(length: number): void {
    if (this.position + length > this.chunk.length) this.grow(length);
  }

  private grow(length: number): void {
    const { chunk, start, position } = this;
    const size = Math.max(CHUNK_SIZE, position - start + length + SLACK);
    if (size > CHUNK_SIZE) this.left ??= { chunk, start };
    this.chunk = Buffer.allocUnsafeSlow(size);
    chunk.copy(this.chunk, 0, start, position);
    this.start = 0;
    this.position = position - start;
  }
}
