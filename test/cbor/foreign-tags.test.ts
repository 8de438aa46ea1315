import { describe, expect, it } from 'vitest';

import { Codec } from '../../lib/cbor/codec.js';
import { SimpleValue, Tag } from '../../lib/cbor/values.js';

const codec = new Codec();
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const decode = (text: string): unknown => codec.decode(hex(text));

describe('a tag with a meaning in libraries, but none here', () => {
  it.each([
    ['packed reference', 6, '00', 0],
    ['of the codec itself: tag', 8, '82 01 02', [1, 2]],
    ['of the codec itself: simple value', 9, '01', 1],
    ['of the codec itself: byte string', 10, '00', 0],
    ['of the codec itself: members', 11, 'a1 61 61 01', { a: 1 }],
    ['bundled text', 14, '01', 1],
    ['generic object', 27, '83 66 526567457870 61 28 61 67', ['RegExp', '(', 'g']],
    ['shared value', 28, '81 d81d 00', [new Tag(29, 0)]],
    ['reference to nothing', 29, '18 64', 100],
    ['table of packed values', 51, '84 81 00 80 80 00', [[0], [], [], 0]],
    ['typed array', 69, '41 61', Buffer.of(0x61)],
    ['older record', 105, '83 19 e000 81 61 61 01', [57_344, ['a'], 1]],
    ['suffix', 216, '61 61', 'a'],
    ['first prefix', 225, '61 61', 'a'],
    ['last prefix', 255, '61 61', 'a'],
    ['map', 259, 'a1 61 61 01', { a: 1 }],
    ['bundle of texts', 0xdff9, '83 01 61 61 61 62', [1, 'a', 'b']],
    ['definitions of records', 0xdffe, '83 19 e000 81 61 61 00', [57_344, ['a'], 0]],
    ['record', 0xdfff, '83 19 e000 81 61 61 01', [57_344, ['a'], 1]],
    ['use of a record', 57_344, '81 01', [1]],
    ['prefix beyond 2^30', 1_879_052_288, '61 61', 'a'],
    ['shared data', 0x5368_7264, '01', 1],
  ])('is a Tag: %s', (_name, tag, content, value) => {
    for (const width of [1, 2, 4, 8].filter((bytes) => tag < 2 ** (8 * bytes))) {
      const head = hex(
        `${(0xd8 + Math.log2(width)).toString(16)}${tag.toString(16).padStart(2 * width, '0')}`,
      );
      expect(codec.decode(Buffer.concat([head, hex(content)]))).toEqual(new Tag(tag, value));
    }
  });

  it('shares nothing, so that a small payload stays small', () => {
    const level = (references: string): string => `d81c 8a ${references.repeat(10)}`;
    const laughs = Array.from({ length: 9 }, (_, index) => level(`d81d 0${index}`));
    const value = decode(['8a', level('00'), ...laughs].join('')) as Tag[];
    expect(value).toHaveLength(10);
    expect(value[9]).toEqual(
      new Tag(
        28,
        Array.from({ length: 10 }, () => new Tag(29, 8)),
      ),
    );
  });

  it('defines no record for the payloads that follow', () => {
    decode('d9dfff 83 19 e000 81 61 61 01');
    expect(decode('d9e000 81 01')).toEqual(new Tag(57_344, [1]));
  });
});

describe('a simple value that cbor-x does not know', () => {
  it.each(['e0', 'f3', 'f8 14', 'f8 ff'])('is a SimpleValue: %s', (bytes) => {
    const value = hex(bytes);
    const number = value.length === 1 ? (value[0] as number) - 0xe0 : (value[1] as number);
    expect(codec.decode(value)).toEqual(new SimpleValue(number));
  });
});
