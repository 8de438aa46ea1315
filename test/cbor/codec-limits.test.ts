import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Tag } from '../../lib/cbor/values.js';
import type { CodecOptions } from '../../lib/cbor/codec.js';
import { Codec, resolveCodecOptions } from '../../lib/cbor/codec.js';
import type { DecodeReason } from '../../lib/cbor/codec-error.js';
import { DecodeError, EncodeError } from '../../lib/cbor/codec-error.js';

const codecWith = (options: CodecOptions): Codec => new Codec(resolveCodecOptions(options));
const codec = new Codec();

function refusal(bytes: Uint8Array, by = codec): DecodeError {
  try {
    by.decode(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('was decoded');
}

function nested(levels: number): unknown[] {
  let value: unknown[] = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

describe('the limits', () => {
  it('have defaults', () => {
    const defaults = {
      maxDepth: 128,
      maxPayload: 64 * 1024 * 1024,
      maxElements: 1_048_576,
      maxBignum: 1024,
    };
    expect(resolveCodecOptions(undefined)).toStrictEqual(defaults);
    expect(resolveCodecOptions({ maxDepth: undefined })).toStrictEqual(defaults);
    expect(resolveCodecOptions({ maxDepth: 9 })).toStrictEqual({ ...defaults, maxDepth: 9 });
  });

  it.each<[unknown, string]>([
    [
      { maxDepth: 0 },
      'option codec.maxDepth: 0 cannot be used; give a whole number from 1 to 1000',
    ],
    [{ maxDepth: 1001 }, 'codec.maxDepth: 1001 cannot be used; give a whole number from 1 to 1000'],
    [{ maxDepth: 1.5 }, 'codec.maxDepth: 1.5 cannot be used; give a whole number'],
    [{ maxPayload: '1MB' }, 'codec.maxPayload: "1MB" cannot be used; give a whole number'],
    [{ maxPayload: Infinity }, 'codec.maxPayload: Infinity cannot be used; give a whole number'],
    [{ maxElements: null }, 'codec.maxElements: null cannot be used; give a whole number'],
    [{ maxBignum: {} }, 'codec.maxBignum: {} cannot be used; give a whole number'],
    [{ depth: 1 }, 'codec.depth: 1 cannot be used; there is no such limit; there are maxDepth,'],
    [5, 'option codec: 5 cannot be used; give an object of limits'],
    [null, 'option codec: null cannot be used; give an object of limits'],
    [[], 'option codec: [] cannot be used; give an object of limits'],
  ])('refuse %j with a message that names the option', (options, message) => {
    expect(() => resolveCodecOptions(options)).toThrow(message);
  });
});

describe('bytes that are refused', () => {
  it.each<[string, string, DecodeReason, number]>([
    ['nothing', '', 'truncated', 0],
    ['a head without its argument', '19', 'truncated', 1],
    ['a head with half of its argument', '1900', 'truncated', 1],
    ['an array without an element', '8201', 'truncated', 1],
    ['an array of 2^63 elements', '9b7fffffffffffffff', 'truncated', 9],
    ['an array of 2^32 elements', '9b000000010000000000', 'truncated', 9],
    ['a map of 2^63 pairs', 'bb7fffffffffffffff', 'truncated', 9],
    ['a map with more pairs than bytes for them', 'a20102', 'truncated', 1],
    ['a byte string longer than the payload', '5b7fffffffffffffff', 'truncated', 9],
    ['text longer than the payload', '7a7fffffff61', 'truncated', 5],
    ['a tag without content', 'c6', 'truncated', 1],
    ['an indefinite array that never ends', '9f01', 'truncated', 2],
    ['an indefinite map that ends after a key', 'bf6161ff', 'malformed', 3],
    ['text in chunks that never ends', '7f6161', 'truncated', 3],
    ['a break alone', 'ff', 'malformed', 0],
    ['a break in a definite array', '81ff', 'malformed', 1],
    ['reserved additional information 28', '1c', 'malformed', 0],
    ['reserved additional information 29', '7d', 'malformed', 0],
    ['reserved additional information 30', 'fe', 'malformed', 0],
    ['an indefinite integer', '1f', 'malformed', 0],
    ['an indefinite tag', 'df00', 'malformed', 0],
    ['text in chunks of bytes', '7f4161ff', 'malformed', 1],
    ['bytes in chunks of chunks', '5f5f4161ffff', 'malformed', 1],
    ['a bignum of text', 'c26131', 'malformed', 1],
    ['a text date that is none', 'c0626162', 'malformed', 4],
    ['a text date that is a number', 'c001', 'malformed', 2],
    ['a date of text', 'c16161', 'malformed', 3],
    ['a date of NaN', 'c1f97e00', 'malformed', 4],
    ['a date of infinity', 'c1f97c00', 'malformed', 4],
    ['a date beyond those of JavaScript', 'c11b7fffffffffffffff', 'malformed', 10],
    ['a set of text', 'd901026161', 'malformed', 5],
    ['text that is not UTF-8', '61ff', 'invalid-utf8', 1],
    ['text that ends within a character', '61c3', 'invalid-utf8', 1],
    ['text with an encoded surrogate', '63eda080', 'invalid-utf8', 1],
    ['text with an overlong character', '62c080', 'invalid-utf8', 1],
    ['chunks that end within a character', '7f61c361a9ff', 'invalid-utf8', 2],
    ['a key that is not UTF-8', 'a161ff01', 'invalid-utf8', 2],
  ])('include %s', (_name, hex, reason, offset) => {
    const error = refusal(Buffer.from(hex, 'hex'));
    expect({ reason: error.reason, offset: error.offset }).toStrictEqual({ reason, offset });
    expect(error.message).toMatch(new RegExp(`at byte ${offset}$`));
  });

  it.each([
    '2021-02-30T00:00:00Z',
    '2021-13-01T00:00:00Z',
    '2021-01-01T24:00:00Z',
    '2021-01-01T00:60:00Z',
    '2021-01-01T00:00:00',
    '2021-01-01T00:00:00+24:00',
    '2021-01-01',
    'x2021-01-01T00:00:00Z',
  ])('include the text date %s', (text) => {
    expect(refusal(codec.encode(new Tag(0, text))).reason).toBe('malformed');
  });

  it('leave the reader good for the next payload', () => {
    refusal(Buffer.of(0x82, 1));
    expect(codec.decode(Buffer.of(0x82, 1, 2))).toStrictEqual([1, 2]);
  });

  it('throw nothing but DecodeError, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (bytes) => {
        try {
          codec.decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it('throw nothing but DecodeError where they were good before a change', () => {
    const good = codec.encode([
      { a: [1, -2, 3.5, 2n ** 70n], b: new Map([[1, 'é']]), c: new Set([new Date(0)]) },
      new Tag(6000, Buffer.alloc(30)),
      'x'.repeat(40),
    ]);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const bytes = Buffer.from(good.subarray(0, Math.max(length, at + 1)));
        bytes[at] = byte;
        try {
          codec.decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('maxDepth', () => {
  it.each([1, 128, 1000])('of %i lets that many levels through, both ways', (maxDepth) => {
    const limited = codecWith({ maxDepth });
    const value = nested(maxDepth);
    expect(limited.decode(limited.encode(value))).toStrictEqual(value);
    expect(() => limited.encode([value])).toThrow(EncodeError);
    const deeper = codecWith({ maxDepth: 1000 }).encode(nested(Math.min(maxDepth, 999) + 1));
    if (maxDepth < 1000) expect(refusal(deeper, limited).reason).toBe('too-deep');
  });

  it.each([
    ['arrays', '81'],
    ['indefinite arrays', '9f'],
    ['map values', 'a100'],
    ['map keys', 'a1'],
    ['tags', 'c6'],
    ['dates', 'c1'],
    ['self-described items', 'd9d9f7'],
    ['sets', 'd9010281'],
  ])('refuses 100,000 nested %s', (_name, hex) => {
    const bytes = Buffer.concat([
      Buffer.alloc((100_000 * hex.length) / 2, hex, 'hex'),
      Buffer.of(0),
    ]);
    expect(refusal(bytes).reason).toBe('too-deep');
    expect(refusal(bytes, codecWith({ maxDepth: 1000 })).reason).toBe('too-deep');
  });

  it.each<[string, (value: unknown) => unknown]>([
    ['objects', (value) => ({ value })],
    ['Maps', (value) => new Map([[1, value]])],
    ['Sets', (value) => new Set([value])],
    ['Tags', (value) => new Tag(6000, value)],
    ['toJSON results', (value) => ({ toJSON: () => [value] })],
  ])('refuses to encode too many nested %s', (_name, wrap) => {
    let value: unknown = new Date(0);
    for (let level = 0; level < 5000; level++) value = wrap(value);
    expect(() => codec.encode(value)).toThrow('nested deeper than 128 levels (codec.maxDepth) at');
  });

  it('never encodes what the same limit refuses to decode', () => {
    const limited = codecWith({ maxDepth: 3 });
    const leaves = [
      new Date(0),
      new Date(500),
      2n ** 70n,
      new Set([1]),
      new Tag(6000, 1),
      new Map(),
    ];
    for (const leaf of leaves) {
      for (const value of [leaf, [leaf], [[leaf]], [[[leaf]]]]) {
        let bytes: Buffer;
        try {
          bytes = limited.encode(value);
        } catch {
          continue;
        }
        expect(() => limited.decode(bytes)).not.toThrow();
      }
    }
  });
});

describe('maxElements', () => {
  it('refuses 4 MiB of empty maps before anything is made of them', () => {
    const count = 4 * 1024 * 1024;
    const head = Buffer.from([0x9a, 0, 0x40, 0, 0]);
    const error = refusal(Buffer.concat([head, Buffer.alloc(count, 0xa0)]));
    expect({ reason: error.reason, offset: error.offset }).toStrictEqual({
      reason: 'too-many-elements',
      offset: 5,
    });
  });

  it('counts across nested arrays', () => {
    const thousand = Buffer.concat([Buffer.from('9903e8', 'hex'), Buffer.alloc(1000, 0xa0)]);
    const bytes = Buffer.concat([Buffer.from('99044c', 'hex'), ...Array(1100).fill(thousand)]);
    expect(refusal(bytes).reason).toBe('too-many-elements');
  });

  it.each([
    ['array elements', '850000000000', 5],
    ['elements of an indefinite array', '9f0000000000ff', 5],
    ['members of a map, and not their keys', 'a3616100616200616300', 3],
    ['members of an indefinite map', 'bf616100616200616300ff', 3],
    ['chunks of text', '7f61616161616161616161ff', 5],
  ])('counts %s', (_name, hex, elements) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(refusal(bytes, codecWith({ maxElements: elements })).reason).toBe('too-many-elements');
    expect(() => codecWith({ maxElements: elements + 1 }).decode(bytes)).not.toThrow();
  });

  it.each([
    [1024, 1_000_000],
    [1024 * 1024 * 1024, 16_777_216],
  ])('is a 64th of maxPayload, and at least a million: of %i bytes %i', (maxPayload, elements) => {
    expect(resolveCodecOptions({ maxPayload }).maxElements).toBe(elements);
    expect(resolveCodecOptions({ maxPayload, maxElements: 5 }).maxElements).toBe(5);
  });

  it('lets 60,000 rows of 8 fields pass', () => {
    const row = { id: 1, a: 'x', b: 2.5, c: true, d: null, e: -1, f: 'y', g: [] };
    const rows = Array.from({ length: 60_000 }, () => row);
    expect(codec.decode(codec.encode(rows))).toHaveLength(60_000);
  });

  it('starts anew with each payload', () => {
    const limited = codecWith({ maxElements: 5 });
    const payload = Buffer.of(0x83, 1, 2, 3);
    expect([1, 2].map(() => limited.decode(payload))).toHaveLength(2);
  });
});

describe('an object that is in many places', () => {
  /** It has 2 to the power of `depth` leaves. */
  const doubled = (depth: number, pair: (value: unknown) => unknown): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < depth; level++) value = pair(value);
    return value;
  };

  it.each<[string, (value: unknown) => unknown]>([
    ['of objects', (value) => ({ a: value, b: value })],
    ['of arrays', (value) => [value, value]],
    [
      'of Maps',
      (value) =>
        new Map([
          [1, value],
          [2, value],
        ]),
    ],
    ['of Sets', (value) => new Set([[value], [value]])],
  ])('is refused before it is written out: %s', (_name, pair) => {
    const limited = codecWith({ maxPayload: 100_000 });
    expect(() => limited.encode(doubled(40, pair))).toThrow('codec.maxPayload');
  });
});

describe('maxPayload', () => {
  const limited = codecWith({ maxPayload: 100 });

  it('refuses to decode more bytes, before looking at them', () => {
    expect(limited.decode(Buffer.alloc(100))).toBe(0);
    expect(refusal(Buffer.alloc(101), limited).reason).toBe('too-large');
  });

  it.each<[string, unknown]>([
    ['bytes', Buffer.alloc(98)],
    ['text', 'x'.repeat(98)],
    ['small values', Array.from({ length: 98 }, () => 0)],
  ])('refuses to encode more bytes: %s', (_name, value) => {
    const exact = Array.isArray(value) ? value : (value as Buffer | string).slice(0);
    expect(limited.encode(exact)).toHaveLength(100);
    expect(() => limited.encode([exact])).toThrow(
      'payload longer than 100 bytes (codec.maxPayload)',
    );
  });

  it('names what grew too long', () => {
    const small = codecWith({ maxPayload: 10_000 });
    expect(() => small.encode({ image: Buffer.alloc(20_000) })).toThrow(
      /maxPayload\) at value.image$/,
    );
  });

  it('reports a cycle as a cycle even where it is long before it is deep', () => {
    const cycle: unknown[] = [Buffer.alloc(6000)];
    cycle.push(cycle);
    expect(() => codecWith({ maxPayload: 10_000 }).encode(cycle)).toThrow(
      'cyclic reference at value[1]',
    );
  });
});

describe('maxBignum', () => {
  const bignum = (bytes: number): Buffer =>
    Buffer.concat([Buffer.from('c25a', 'hex'), uint32(bytes), Buffer.alloc(bytes, 0xff)]);

  it('lets integers of that many bytes through, both ways', () => {
    const value = 2n ** 8192n - 1n;
    expect(codec.decode(codec.encode([value, -value]))).toStrictEqual([value, -value]);
    expect(codec.decode(bignum(1024))).toBe(value);
  });

  it('refuses to encode longer ones, with the path', () => {
    expect(() => codec.encode({ n: 2n ** 8192n })).toThrow(
      'cannot encode a bigint of 1025 bytes (codec.maxBignum is 1024) at value.n',
    );
  });

  it('refuses to decode longer ones', () => {
    expect(refusal(bignum(1025)).reason).toBe('bignum-too-long');
    expect(refusal(bignum(256 * 1024)).reason).toBe('bignum-too-long');
  });
});

describe('two codecs', () => {
  it('keep their limits and payloads apart', () => {
    const [one, other] = [codecWith({ maxDepth: 1 }), codecWith({ maxDepth: 2 })];
    one.writer.begin();
    one.writer.text('one');
    expect(other.encode([['other']])).toHaveLength(8);
    const { buffer, start, end } = one.writer.end();
    expect(buffer.toString('latin1', start, end)).toBe('cone');
    expect(() => one.encode([[]])).toThrow('nested deeper than 1 levels');
  });
});

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
