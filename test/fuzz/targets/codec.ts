import { Codec } from '../../../lib/cbor/codec.js';
import { DecodeError, EncodeError } from '../../../lib/cbor/codec-error.js';
import { HOSTILE, validPayloads } from '../../robustness/hostile-payloads.js';
import { type FuzzTarget, withoutNumbers } from '../target.js';

/** Values that have each kind of CBOR in them. */
const VALUES: readonly unknown[] = [
  { text: 'ä€😀', bytes: Buffer.from([1, 2, 3]), list: [1, -1, 2 ** 40, 1.5, true, null] },
  [new Date(0), 2n ** 70n, -(2n ** 70n), new Set([1, 'a']), new Map([[1, { deep: [[]] }]])],
  [new Float64Array([1, 2]), Number.NaN, Infinity, -0, undefined],
];

/**
 * Bytes to values and back. The form that values have then does not change any more, once those are
 * undefined that are it by a simple value of two bytes.
 */
export function openCodec(): FuzzTarget {
  const codec = new Codec();
  return {
    name: 'codec',
    seeds: [...VALUES.map((value) => codec.encode(value)), ...validPayloads(), ...HOSTILE.values()],
    run(input) {
      let value: unknown;
      try {
        value = codec.decode(input);
      } catch (error) {
        return expected(error, DecodeError);
      }
      let bytes: Buffer;
      try {
        bytes = codec.encode(value);
      } catch (error) {
        return expected(error, EncodeError);
      }
      const settled = codec.encode(codec.decode(bytes));
      if (!codec.encode(codec.decode(settled)).equals(settled)) {
        throw new Error(`${settled.toString('hex')} has another form when it is encoded again`);
      }
      return `a value: ${Object.prototype.toString.call(value)}`;
    },
  };
}

/** What an error says that had to be expected. @throws any other */
function expected(error: unknown, type: new (...given: never[]) => Error): string {
  if (!(error instanceof type)) {
    throw error;
  }
  return withoutNumbers(error.message);
}
