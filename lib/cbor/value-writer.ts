import { encode } from './cbor-x.js';
import type { CodecLimits } from './codec-limits.js';
import { Major } from './head-reader.js';
import { HeadWriter } from './head-writer.js';
import { Preparation } from './preparation.js';
import type { Slice } from './slice.js';

/** Writes a payload item by item: heads by itself, and values, once they are prepared, by cbor-x. */
export class ValueWriter extends HeadWriter {
  private readonly preparation: Preparation;

  /** @param limits of these, `maxDepth`, `maxPayload` and `maxBignum` matter for writing */
  constructor(private readonly limits: CodecLimits) {
    super();
    this.preparation = new Preparation(limits);
  }

  /**
   * Starts a payload.
   *
   * @param attaches whether large byte strings are left out of it, for {@link attachments}
   * @throws EncodeError if called from a getter or `toJSON` of a value
   */
  begin(attaches = false): void {
    this.preparation.begin(attaches);
    this.restart();
  }

  /** The byte strings outside the payload since `begin`; undefined where there are none. */
  get attachments(): readonly Buffer[] | undefined {
    const { attached } = this.preparation;
    return attached?.length ? attached : undefined;
  }

  /** @param text U+FFFD takes the place of lone surrogates */
  text(text: string): void {
    this.wellFormedText(this.preparation.text(text));
  }

  /** Writes bytes that are CBOR already. */
  raw(bytes: Uint8Array): void {
    this.copy(bytes, 0, bytes.length);
  }

  /**
   * Writes a value.
   *
   * @param value `undefined` becomes null, and is left out where it is a member of an object
   * @param root what an error message calls the value
   * @throws EncodeError with the path to the part that cannot be encoded
   */
  value(value: unknown, root?: string): void {
    const { preparation } = this;
    const prepared = preparation.value(value, root);
    const written = encode(prepared, preparation.size);
    if (preparation.rawItems.isEmpty) return this.copy(written, written.start, written.end);
    preparation.rawItems.resolve(
      written,
      (bytes, start, end) => this.copy(bytes, start, end),
      ({ bytes, isByteString }) => {
        if (isByteString) this.head(Major.BYTES, bytes.length);
        this.raw(bytes);
      },
    );
    preparation.rawItems.clear();
  }

  /**
   * Ends a payload.
   *
   * @throws EncodeError if it is longer than `maxPayload`
   */
  end(): Slice {
    if (this.length + this.preparation.attachedBytes > this.limits.maxPayload) {
      throw this.preparation.tooLong();
    }
    return this.slice();
  }
}
