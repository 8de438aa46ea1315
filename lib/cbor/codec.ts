import { ValueReader } from './value-reader.js';
import { ValueWriter } from './value-writer.js';
import type { CodecLimits } from './codec-limits.js';
import { resolveCodecOptions } from './codec-limits.js';

export { LARGEST_LIMITS, codecOptions, resolveCodecOptions } from './codec-limits.js';
export type { CodecLimits, CodecOptions } from './codec-limits.js';

/**
 * JavaScript values to CBOR and back, so that Python's cbor2 sees the natural value.
 *
 * The bytes are cbor-x's work. Around it, values are prepared on their way out, and bytes are
 * checked on their way in. The message layer goes past `encode` and `decode` to `writer` and
 * `reader`. One codec shares nothing with another but memory that is written once.
 */
export class Codec {
  readonly writer: ValueWriter;
  readonly reader: ValueReader;

  /** @param limits see {@link CodecLimits}; the defaults where left out */
  constructor(readonly limits: CodecLimits = resolveCodecOptions(undefined)) {
    this.writer = new ValueWriter(limits);
    this.reader = new ValueReader(limits);
  }

  /**
   * Encodes one value.
   *
   * @returns bytes that are not written to again: they may be sent without copying
   * @throws EncodeError naming the path to what cannot be encoded
   */
  encode(value: unknown): Buffer {
    const { writer } = this;
    writer.begin();
    writer.value(value);
    const { buffer, start, end } = writer.end();
    return buffer.subarray(start, end);
  }

  /**
   * Decodes the first item of a payload and, as Python does, ignores what follows it.
   *
   * @param bytes the payload; byte strings in the result are views on it, unless they are small parts of it
   * @throws DecodeError
   */
  decode(bytes: Uint8Array): unknown {
    const { reader } = this;
    reader.reset(bytes);
    const value = reader.value();
    reader.release();
    return value;
  }
}
