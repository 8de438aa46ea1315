import {
  addExtension,
  decode as decodeWithCborX,
  encode as encodeWithCborX,
  setSizeLimits,
} from 'cbor-x';
import { describe, expect, it, onTestFinished } from 'vitest';

import { Codec } from '../../lib/cbor/codec.js';
import { Tag } from '../../lib/cbor/values.js';
import { runFixture } from '../robustness/processes.js';

const codec = new Codec();

interface Outcome {
  readonly encoded?: Readonly<Record<string, string>>;
  readonly decoded: Readonly<Record<string, string>>;
}

interface Report {
  readonly ours?: Outcome & { readonly whatWasWrittenStays: boolean };
  readonly theirs?: Outcome & { readonly untouched: boolean };
}

/** A process that loads cbor-x, changes it (`extend`), and loads and uses our codec (`ours`). */
async function processThat(...steps: string[]): Promise<Report> {
  const { code, output } = await runFixture('beside-cbor-x.mjs', ...steps);
  expect(code).toBe(0);
  return JSON.parse(output) as Report;
}

describe.each([
  ['the ES modules of cbor-x', 'import:cbor-x'],
  ['the CommonJS module of cbor-x', 'require:cbor-x'],
  ['the very file that we write with', 'require:cbor-x/index-no-eval'],
  ['the very file that we read with', 'require:cbor-x/decode-no-eval'],
  ['the file that we write with, as an ES module,', 'import:cbor-x/index-no-eval'],
  ['the file that we read with, as an ES module,', 'import:cbor-x/decode-no-eval'],
  ['the file that we write with, in one graph of ES modules with us,', 'together'],
])('another user of %s', (_, theirs) => {
  it('is not noticed by our codec, whatever it changes and whoever comes first', async () => {
    const [alone, ...beside] = await Promise.all([
      processThat('ours'),
      processThat(theirs, 'extend', 'ours'),
      processThat(theirs, 'ours', 'extend'),
      processThat('ours', theirs, 'extend'),
    ]);
    expect(alone.ours).toMatchObject({
      encoded: { date: 'c1fb3ff8000000000000' },
      decoded: { 'tag 8': 'Tag { tag: 8, value: 1 }', 'a long array': '[ 1, 2, 3, 4 ]' },
      whatWasWrittenStays: true,
    });
    for (const { ours } of beside) expect(ours).toEqual(alone.ours);
  });

  it('finds a cbor-x as new, though our codec was used before', async () => {
    const [alone, ...beside] = await Promise.all([
      processThat(theirs),
      processThat(theirs, 'ours'),
      processThat('ours', theirs),
    ]);
    expect(alone.theirs?.decoded).toMatchObject({
      'tag 8': 'Tag { value: 1, tag: 8 }',
      'tag 10': 'Tag { value: 0, tag: 10 }',
    });
    for (const process of beside) expect(process.theirs).toEqual(alone.theirs);
  });

  it('keeps its extensions, limits and memory to itself, though our codec is used', async () => {
    const [alone, ...beside] = await Promise.all([
      processThat(theirs, 'extend'),
      processThat(theirs, 'extend', 'ours'),
      processThat(theirs, 'ours', 'extend'),
      processThat('ours', theirs, 'extend'),
    ]);
    expect(alone.theirs).toMatchObject({
      untouched: true,
      decoded: { 'tag 8': "'theirs'", 'a long array': 'Error: Array length exceeds 2' },
    });
    for (const process of beside) expect(process.theirs).toEqual(alone.theirs);
  });
});

describe('cbor-x in the same process', () => {
  const hex = (value: unknown): string => codec.encode(value).toString('hex');

  it('changes nothing for us, nor we for it', () => {
    class Point {
      readonly x = 1;
    }
    const before = {
      ours: hex([new Point(), new Date(0)]),
      theirs: decodeWithCborX(Buffer.of(0xc6, 1)),
    };
    const extension = {
      Class: Point,
      tag: 43_311,
      encode: (point: Point, encode: (value: unknown) => Buffer) => encode(point.x),
      decode: (value: unknown) => ({ decodedBy: 'cbor-x', value }),
    };
    addExtension(extension as never);
    setSizeLimits({ maxArraySize: 2, maxMapSize: 2, maxObjectSize: 2 });
    onTestFinished(() =>
      setSizeLimits({
        maxArraySize: 112_810_000,
        maxMapSize: 16_810_000,
        maxObjectSize: 16_710_000,
      }),
    );

    expect(hex([new Point(), new Date(0)])).toBe(before.ours);
    expect(codec.decode(Buffer.from('d9a92f01', 'hex'))).toStrictEqual(new Tag(43_311, 1));
    expect(codec.decode(codec.encode([1, 2, 3, 4]))).toStrictEqual([1, 2, 3, 4]);
    expect(decodeWithCborX(Buffer.of(0xc6, 1))).toEqual(before.theirs);
    expect(decodeWithCborX(Buffer.from('d9a92f01', 'hex'))).toMatchObject({
      decodedBy: 'cbor-x',
    });
  });

  it('may be used by a value while we encode it', () => {
    const value = {
      a: 1,
      get b(): unknown {
        return decodeWithCborX(encodeWithCborX(['theirs']));
      },
    };

    expect(hex(value)).toBe('a261610161628166746865697273');
  });

  it('may have extensions that use our codec', () => {
    const tag = 43_312;
    class Wrapped {
      constructor(readonly value: unknown) {}
    }
    addExtension({
      Class: Wrapped,
      tag,
      encode: ({ value }: Wrapped, write: (value: unknown) => Buffer) => write(codec.encode(value)),
      decode: (bytes: Buffer) => new Wrapped(codec.decode(bytes)),
    });
    const values = [1, new Wrapped({ a: new Date(0) }), 'after'];

    const bytes = encodeWithCborX(values);
    expect(bytes.toString('hex')).toBe('8301d9a93045a16161c100656166746572');
    expect(decodeWithCborX(bytes)).toEqual(values);
  });
});
