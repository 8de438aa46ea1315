import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Codec } from '../../lib/cbor/codec.js';
import { MessageWriter } from '../../lib/protocol/message-writer.js';
import type { Slice } from '../../lib/cbor/slice.js';
import { joinSlices } from '../../lib/nodes/sending/join-slices.js';

const memory = Buffer.from('abcdefghij');
const elsewhere = Buffer.from('ABCDEFGHIJ');

const slice = (start: number, end: number, buffer = memory): Slice => ({ buffer, start, end });

/** Whether what was joined is a view on some memory, and begins there at an offset. */
const isViewOn = (joined: Buffer, buffer: Buffer, offset: number): boolean =>
  joined.buffer === buffer.buffer && joined.byteOffset === buffer.byteOffset + offset;

describe('slices that lie next to each other', () => {
  it.each([
    ['one', [slice(2, 5)], 'cde'],
    ['two', [slice(2, 5), slice(5, 7)], 'cdefg'],
    ['three', [slice(2, 3), slice(3, 5), slice(5, 6)], 'cdef'],
    ['an empty one among them', [slice(2, 3), slice(3, 3), slice(3, 5)], 'cde'],
  ])('are joined without a copy: %s', (_, slices, text) => {
    const joined = joinSlices(slices);
    expect(String(joined)).toBe(text);
    expect(isViewOn(joined, memory, 2)).toBe(true);
  });
});

describe('slices that do not', () => {
  it.each([
    ['a gap', [slice(0, 2), slice(3, 5)], 'abde'],
    ['the wrong order', [slice(3, 5), slice(0, 3)], 'deabc'],
    ['an overlap', [slice(0, 3), slice(2, 5)], 'abccde'],
    ['other memory', [slice(0, 2), slice(2, 4, elsewhere)], 'abCD'],
    [
      'other memory among neighbours',
      [slice(0, 1), slice(1, 2), slice(2, 3, elsewhere), slice(3, 5, elsewhere), slice(2, 4)],
      'abCDEcd',
    ],
  ])('are copied: %s', (_, slices, text) => {
    const joined = joinSlices(slices);
    expect(String(joined)).toBe(text);
    expect(isViewOn(joined, memory, 0)).toBe(false);
  });
});

it('leaves the slices as they are', () => {
  const slices = [slice(0, 2), slice(2, 4), slice(7, 8)];
  joinSlices(slices);
  expect(slices).toEqual([slice(0, 2), slice(2, 4), slice(7, 8)]);
});

it('joins envelopes that were written one after the other without a copy', () => {
  const writer = new MessageWriter(new Codec());
  const envelopes = [writer.cancel(1), writer.result(2, 'text'), writer.goodbye()];
  const [first] = envelopes;
  expect(first && isViewOn(joinSlices(envelopes), first.buffer, first.start)).toBe(true);
});

it('holds the bytes of all slices in order, wherever they lie', () => {
  const anySlice = fc
    .tuple(fc.nat(10), fc.nat(10), fc.constantFrom(memory, elsewhere))
    .map(([one, other, buffer]) => slice(Math.min(one, other), Math.max(one, other), buffer));
  fc.assert(
    fc.property(fc.array(anySlice), (slices) => {
      const parts = slices.map(({ buffer, start, end }) => buffer.subarray(start, end));
      expect(joinSlices(slices)).toEqual(Buffer.concat(parts));
    }),
  );
});
