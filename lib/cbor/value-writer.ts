import { randomBytes } from 'node:crypto';
import { Sequence, TELL_WHERE, encoder, mapHead } from './cbor-x.js';
import { Preparation } from './preparation.js';
import type { Slice } from './slice.js';

/** Room for a few full frames, so that the envelopes of one tick mostly lie next to each other. */
const CHUNK_SIZE = 64 * 1024;
/** What cbor-x wants to have free before it writes. */
const SLACK = 4096;
/** Stands for bytes that are CBOR already. No value has it: it is drawn anew in each process. */
const MARK = randomBytes(16);
const WRITTEN_MARK = Buffer.concat([Buffer.of(0x40 | MARK.length), MARK]);

const SEQUENCE = new Sequence([]);

/** Heads of maps by their size, up to that of any header. */
const MAP_HEADS = Array.from({ length: 24 }, (_, size) => mapHead(size));

/** How large cbor-x's memory is, which all codecs share. */
let chunkSize = 0;

/**
 * Writes JavaScript values as CBOR: prepares them, and has cbor-x write them one after the other.
 *
 * The bytes are never written to again, and a small payload keeps at most one small chunk alive.
 */
export class ValueWriter extends Preparation {
  private rawItems: Uint8Array[] = [];

  /**
   * Starts a payload.
   *
   * @param attaches whether large byte strings are left out of it, for {@link attachments}
   */
  begin(attaches = false): void {
    this.expectIdle();
    this.attached = attaches ? [] : undefined;
    this.attachedBytes = this.size = 0;
    if (this.rawItems.length > 0) this.rawItems = [];
  }

  /** The byte strings outside the payload since `begin`; undefined where there are none. */
  get attachments(): readonly Buffer[] | undefined {
    return this.attached?.length ? this.attached : undefined;
  }

  override raw(bytes: Uint8Array): unknown {
    this.rawItems.push(bytes);
    return MARK;
  }

  /** The head of a map of up to 23 members, whose keys and values follow it as items. */
  mapHead(size: number): unknown {
    return MAP_HEADS[size];
  }

  /**
   * Writes a payload.
   *
   * @param items what has been prepared since `begin`
   */
  write(items: readonly unknown[]): Slice {
    const needed = this.size + SLACK;
    if (chunkSize !== CHUNK_SIZE || needed > CHUNK_SIZE) {
      encoder.useBuffer(Buffer.allocUnsafeSlow(Math.max(CHUNK_SIZE, needed)));
    }
    // Should an error end this, cbor-x may be left with memory of any size.
    chunkSize = 0;
    SEQUENCE.items = items;
    const buffer = encoder.encode(SEQUENCE, TELL_WHERE);
    chunkSize = buffer.length;
    const slice = this.rawItems.length > 0 ? this.withRawItems(buffer) : sliceOf(buffer);
    if (slice.end - slice.start + this.attachedBytes > this.limits.maxPayload) throw this.tooLong();
    return slice;
  }

  private withRawItems(written: Buffer & { readonly start: number; readonly end: number }): Slice {
    const { end } = written;
    let from = written.start;
    const parts: Uint8Array[] = [];
    for (const item of this.rawItems) {
      const at = written.indexOf(WRITTEN_MARK, from);
      parts.push(written.subarray(from, at), item);
      from = at + WRITTEN_MARK.length;
    }
    const buffer = Buffer.concat([...parts, written.subarray(from, end)]);
    return { buffer, start: 0, end: buffer.length };
  }
}

function sliceOf(buffer: Buffer & { readonly start: number; readonly end: number }): Slice {
  return { buffer, start: buffer.start, end: buffer.end };
}
