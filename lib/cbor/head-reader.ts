import { type DecodeReason, DecodeError } from './codec-error.js';
import type { CodecLimits } from './codec-limits.js';

/** The major types of CBOR (RFC 8949, section 3.1). */
export const Major = {
  UNSIGNED: 0,
  NEGATIVE: 1,
  BYTES: 2,
  TEXT: 3,
  ARRAY: 4,
  MAP: 5,
  TAG: 6,
  SIMPLE: 7,
} as const;
/** The arguments of simple values that have a name (RFC 8949, section 3.3). */
export const Simple = { NULL: 22, UNDEFINED: 23 } as const;
export const NO_BYTES = Buffer.alloc(0);
/** The additional information of a head whose item a break ends. */
export const INDEFINITE = 31;
export const BREAK = 0xff;

/**
 * Reads the heads of CBOR items from one payload.
 *
 * Each declared length is compared with the bytes that are left and with the limits.
 */
export class HeadReader {
  protected bytes: Buffer = NO_BYTES;
  protected position = 0;
  private elements = 0;

  /** @param limits all of them matter for reading */
  constructor(protected readonly limits: CodecLimits) {}

  /** Starts with a payload. @throws DecodeError `too-large` beyond `maxPayload` */
  reset(bytes: Uint8Array): void {
    this.release();
    if (bytes.length > this.limits.maxPayload) {
      const limit = `${this.limits.maxPayload} (codec.maxPayload)`;
      throw this.error('too-large', `payload of ${bytes.length} bytes, more than ${limit}`);
    }
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Releases the payload, so that an idle reader keeps no memory alive. */
  release(): void {
    this.bytes = NO_BYTES;
    this.position = this.elements = 0;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.position;
  }

  /** Whether nothing is left to read. */
  get atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  /** The major type of the next item, 0 to 7, which is not consumed. @throws DecodeError at the end */
  majorType(): number {
    return this.peek() >> 5;
  }

  /** Whether an indefinite array or map ends here. If so, its break is consumed. @throws DecodeError */
  atBreak(): boolean {
    if (this.peek() !== BREAK) return false;
    this.position++;
    return true;
  }

  /** Reads the head of an array. @returns its length, -1 if a break will end it */
  arrayHead(): number {
    return this.headOf(Major.ARRAY, 'an array');
  }

  /** Reads the head of a map. @returns its number of pairs, -1 if a break will end it */
  mapHead(): number {
    return this.headOf(Major.MAP, 'a map');
  }

  /** Reads an unsigned integer; beyond Number.MAX_SAFE_INTEGER only roughly. */
  unsigned(): number {
    return this.headOf(Major.UNSIGNED, 'an unsigned integer');
  }

  /** Counts items against `maxElements`. @param size bytes that they take at least */
  protected count(items: number, size = items): void {
    if (size > this.bytes.length - this.position) throw this.truncated();
    this.elements += items;
    if (this.elements <= this.limits.maxElements) return;
    const limit = `${this.limits.maxElements} elements (codec.maxElements)`;
    throw this.error('too-many-elements', `more than ${limit}`);
  }

  private headOf(major: number, name: string): number {
    const initial = this.peek();
    if (initial >> 5 !== major) throw this.error('malformed', `expected ${name}`);
    const argument = this.argument(initial);
    if (major !== Major.UNSIGNED && argument > 0) this.count(argument, argument * (major - 3));
    return argument;
  }

  /** Consumes a head. @returns its argument; beyond 2^53 only roughly; -1 if a break ends the item */
  protected argument(initial: number): number {
    const { bytes } = this;
    const at = ++this.position;
    const short = initial & 0x1f;
    if (short < 24) return short;
    if (short > 27) return this.indefinite(initial);
    this.advance(1 << (short - 24));
    if (short === 24) return bytes[at] as number;
    if (short === 25) return uint16(bytes, at);
    return short === 26 ? uint32(bytes, at) : uint32(bytes, at) * 2 ** 32 + uint32(bytes, at + 4);
  }

  /** The argument of the head at `at`, which is not consumed. */
  protected argumentAt(at: number): number {
    const { position } = this;
    this.position = at;
    const argument = this.argument(this.bytes[at] as number);
    this.position = position;
    return argument;
  }

  private indefinite(initial: number): number {
    const major = initial >> 5;
    const start = this.position - 1;
    if ((initial & 0x1f) === INDEFINITE && major >= Major.BYTES && major <= Major.MAP) return -1;
    if (initial === BREAK) throw this.error('malformed', 'break outside an indefinite item', start);
    throw this.error('malformed', `head with additional information ${initial & 0x1f}`, start);
  }

  protected peek(): number {
    const initial = this.bytes[this.position];
    if (initial === undefined) throw this.truncated();
    return initial;
  }

  /** @returns the position before `length` bytes, which are there */
  protected advance(length: number): number {
    const start = this.position;
    if (length > this.bytes.length - start) throw this.truncated();
    this.position = start + length;
    return start;
  }

  protected truncated(): DecodeError {
    return this.error('truncated', 'payload ends too early');
  }

  protected error(reason: DecodeReason, problem: string, offset = this.position): DecodeError {
    return new DecodeError(reason, offset, problem);
  }
}

// By hand, because Buffer's own readers check once more what the guard has checked.
function uint16(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function uint32(bytes: Buffer, at: number): number {
  return uint16(bytes, at) * 0x1_0000 + uint16(bytes, at + 2);
}
