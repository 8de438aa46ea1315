import { describe, expect, it } from 'vitest';

import { Codec } from '../../lib/cbor/codec.js';
import { MessageReader } from '../../lib/protocol/message-reader.js';
import type { DecodedPayload } from '../../lib/protocol/message.js';

const MIB = 1024 * 1024;
const REQUEST_7 = '84 00 07 61 78 81';

const reader = new MessageReader(new Codec());
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** A part of a payload `count` times; whole arrays of parts would not fit into a call. */
const times = (count: number, part: string): Buffer => {
  const bytes = hex(part);
  return Buffer.alloc(count * bytes.length, bytes);
};

/** Reads a request with the id 7 and one argument. */
function read(...argument: readonly (string | Buffer)[]): DecodedPayload {
  const parts = [REQUEST_7, ...argument];
  return reader.read(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? hex(part) : part))),
  );
}

/** The argument of a request that is well-formed. */
function argumentOf({ messages, malformed }: DecodedPayload): unknown {
  expect(malformed).toBeUndefined();
  return (messages[0] as { args: unknown[] }).args[0];
}

describe('a request that is a bomb', () => {
  it.each<[string, (string | Buffer)[], string]>([
    [
      'a bignum of 4 MiB',
      ['c2 5a 00400000', Buffer.alloc(4 * MIB, 255)],
      'bignum of 4194304 bytes, more than 1024 (codec.maxBignum)',
    ],
    [
      'a negative bignum of 256 KiB in chunks',
      ['c3 5f', times(256, `59 0400 ${'ff'.repeat(1024)}`), 'ff'],
      'bignum of 262144 bytes, more than 1024 (codec.maxBignum)',
    ],
    [
      '4 MiB of empty maps',
      ['9a 00400000', Buffer.alloc(4 * MIB, 0xa0)],
      'more than 1048576 elements (codec.maxElements)',
    ],
    [
      '64 MiB of one-byte tags',
      ['9a 00080000', Buffer.alloc(64 * MIB - 11, 0xc6)],
      'nested deeper than 128 levels (codec.maxDepth)',
    ],
    [
      'one-byte tags to the full depth, again and again',
      ['9a 00004000', times(0x4000, `${'c6'.repeat(126)} 00`)],
      'more than 1048576 elements (codec.maxElements)',
    ],
    [
      'a string of 4 MiB empty chunks',
      ['5f', Buffer.alloc(4 * MIB, 0x40), 'ff'],
      'more than 1048576 elements (codec.maxElements)',
    ],
    [
      'arrays that each claim what is left',
      [times(100, '9a 000dbba0'), Buffer.alloc(1_000_000)],
      'more than 1048576 elements (codec.maxElements)',
    ],
    ['100,000 generic objects', [times(100_000, 'd81b 81'), '00'], 'nested deeper than 128'],
    ['100,000 shared values', [times(100_000, 'd81c 81'), '00'], 'nested deeper than 128'],
    ['100,000 references', [times(100_000, 'd81d'), '00'], 'nested deeper than 128'],
    ['100,000 records', [times(100_000, 'd9dfff 81'), '00'], 'nested deeper than 128'],
    ['4 MiB that are not UTF-8', ['7a 00400000', Buffer.alloc(4 * MIB, 0xc3)], 'not UTF-8'],
    ['an array of 2^32 items', ['9b 0000000100000000 00'], 'payload ends too early'],
    ['a map of 2^63 members', ['bb 8000000000000000'], 'payload ends too early'],
    ['bytes of 2^63', ['5b 8000000000000000'], 'payload ends too early'],
    ['a text of 2^32 bytes', ['7b 0000000100000000 61'], 'payload ends too early'],
    ['a chunk of 2^64 - 1 bytes', ['7f 7b ffffffffffffffff'], 'payload ends too early'],
    ['a bignum of 2^63 bytes', ['c2 5b 8000000000000000'], 'payload ends too early'],
    ['a record with more names than bytes', ['d9dfff 83 00 9a 00100000'], 'payload ends too early'],
  ])('is refused with its id: %s', (_name, argument, problem) => {
    const { messages, malformed } = read(...argument);
    expect(messages).toEqual([]);
    expect(malformed).toMatchObject({ type: 0, id: 7 });
    expect(malformed?.reason).toContain(problem);
  });

  it('leaves the reader good for the next one', () => {
    read('9a 00400000', Buffer.alloc(4 * MIB, 0xa0));
    expect(argumentOf(read('a1 61 61 41 05'))).toEqual({ a: Buffer.of(5) });
  });
});

describe('a payload that is large or odd, but well-formed', () => {
  it('is read: 900,000 chunks of a text', () => {
    expect(argumentOf(read('7f', times(900_000, '61 61'), 'ff'))).toBe('a'.repeat(900_000));
  });

  it('is read: 900,000 chunks of a byte string', () => {
    const value = argumentOf(read('5f', times(900_000, '41 61'), 'ff')) as Buffer;
    expect(value.equals(Buffer.alloc(900_000, 0x61))).toBe(true);
  });

  it('is read: 500,000 empty byte strings', () => {
    const value = argumentOf(read('9a 0007a120', times(500_000, '40'))) as Buffer[];
    expect(value).toHaveLength(500_000);
    expect(value.every((bytes) => bytes.length === 0)).toBe(true);
  });

  it('is read: maps inside one another, each a Map by its last key', () => {
    const content = Buffer.alloc(MIB, 7);
    let value = argumentOf(
      read(times(120, 'a2 61 61'), '5a 00100000', content, times(120, '01 02')),
    );
    for (let level = 0; level < 120; level++) {
      expect([...(value as Map<unknown, unknown>).keys()]).toEqual(['a', 1]);
      value = (value as Map<unknown, unknown>).get('a');
    }
    expect(content.equals(value as Buffer)).toBe(true);
  });

  it.each([
    ['with a short head', 'a1 69 5f5f70726f746f5f5f'],
    ['with a long head', 'a1 78 09 5f5f70726f746f5f5f'],
    ['with the longest head', 'a1 7b 0000000000000009 5f5f70726f746f5f5f'],
    ['in chunks', 'a1 7f 64 5f5f7072 65 6f746f5f5f ff'],
    ['in an indefinite map', 'bf 69 5f5f70726f746f5f5f'],
  ])('is read: the key __proto__ %s is a member like any other', (_name, start) => {
    const value = argumentOf(
      read(start, 'a1 68 706f6c6c75746564 f5', start[0] === 'b' ? 'ff' : ''),
    );
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.entries(value as object)).toEqual([['__proto__', { polluted: true }]]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
