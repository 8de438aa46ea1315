import { PrivateTag } from './cbor-x.js';
import { Major, NO_BYTES } from './head-reader.js';

/** Bytes that cbor-x would not read as it should, and what it reads in their place. */
export interface Patch {
  readonly start: number;
  end: number;
  /** Other bytes; or a number: that of the byte string outside for which a private tag stands. */
  bytes: Buffer | number;
}

/** The tag that only says that CBOR follows (RFC 8949, section 3.4.6). */
const SELF_DESCRIBED = 55_799;
/** Heads of bignums of eight bytes. */
export const BIGNUM = Buffer.of(0xc2, 0x48);
export const NEGATIVE_BIGNUM = Buffer.of(0xc3, 0x48);
/** What stands for each simple value. */
export const SIMPLE_VALUES = Array.from({ length: 256 }, (_, value) =>
  Buffer.concat([head(Major.TAG, PrivateTag.SIMPLE), head(Major.UNSIGNED, value)]),
);
/** What stands before a map that has other keys than texts. */
export const AS_MAP = Buffer.of(0xd9, PrivateTag.MAP >> 8, PrivateTag.MAP & 0xff);
/** What stands before a map that may have a name which cbor-x would change. */
export const AS_ENTRIES = Buffer.concat([Buffer.of(0xc0 | PrivateTag.ENTRIES), AS_MAP]);

/**
 * What stands for the head of a tag of the peer: a private tag, and an array that the content completes.
 *
 * @param number beyond 2^53 only roughly
 * @param payload has the number itself, from `start` to `end`
 */
export function tagHead(number: number, payload: Buffer, start: number, end: number): Buffer {
  if (number === SELF_DESCRIBED) return NO_BYTES;
  const unsigned =
    number > Number.MAX_SAFE_INTEGER
      ? Buffer.concat([BIGNUM, payload.subarray(start, end)])
      : head(Major.UNSIGNED, number);
  return Buffer.concat([Buffer.of(0xc0 | PrivateTag.TAG, 0x82), unsigned]);
}

/** A string in one piece, for one that came in chunks. */
export function wholeString(major: number, bytes: Buffer): Buffer {
  return Buffer.concat([head(major, bytes.length), bytes]);
}

/** A head; not always the shortest, as only cbor-x reads it. @param argument below 2^53 */
function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.of((major << 5) | argument);
  const bytes = Buffer.alloc(9, (major << 5) | 27);
  bytes.writeBigUInt64BE(BigInt(argument), 1);
  return bytes;
}
