import { randomBytes } from 'node:crypto';
import { Sequence, TELL_WHERE, type Written, encoder, mapHead } from './cbor-x.js';
import { EncodeError } from './codec-error.js';
import { Preparation } from './preparation.js';
import type { Slice } from './slice.js';

/** Room for a few full frames, so that the envelopes of one tick mostly lie next to each other. */
const CHUNK_SIZE = 64 * 1024;
/** What cbor-x wants to have free before it writes. */
const SLACK = 4096;
/** Begins what stands for an item that is CBOR already. No value has it: it is drawn at random. */
const MARK = randomBytes(16);
/** How a mark is written: with a head, and the item's number behind it. */
const WRITTEN_MARK = Buffer.concat([Buffer.of(0x40 | (MARK.length + 4)), MARK]);

const NOTHING: readonly unknown[] = [];
const SEQUENCE = new Sequence(NOTHING);

/** Heads of maps by their size, up to that of any header. */
const MAP_HEADS = Array.from({ length: 24 }, (_, size) => mapHead(size));

encoder.useBuffer(Buffer.allocUnsafeSlow(CHUNK_SIZE));

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
   * @throws EncodeError if called from a getter or `toJSON` of a value
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
    const mark = Buffer.alloc(MARK.length + 4);
    MARK.copy(mark);
    mark.writeUInt32BE(this.rawItems.push(bytes) - 1, MARK.length);
    return mark;
  }

  /** The head of a map of up to 23 members, whose keys and values follow it as items. */
  mapHead(size: number): unknown {
    return MAP_HEADS[size];
  }

  /**
   * Writes a payload.
   *
   * @param items what has been prepared since `begin`
   * @throws EncodeError if it is longer than `maxPayload`
   */
  write(items: readonly unknown[]): Slice {
    const needed = this.size + SLACK;
    if (needed > CHUNK_SIZE) encoder.useBuffer(Buffer.allocUnsafeSlow(needed));
    const buffer = this.encode(items);
    // Neither a small payload nor an idle codec keeps the memory of a large one alive.
    if (buffer.length !== CHUNK_SIZE) encoder.useBuffer(Buffer.allocUnsafeSlow(CHUNK_SIZE));
    const slice = this.rawItems.length > 0 ? this.withRawItems(buffer) : sliceOf(buffer);
    if (slice.end - slice.start + this.attachedBytes > this.limits.maxPayload) throw this.tooLong();
    return slice;
  }

  private withRawItems(written: Written): Slice {
    const payload = written.subarray(written.start, written.end);
    const parts: Uint8Array[] = [];
    let from = 0;
    for (
      let at = payload.indexOf(WRITTEN_MARK);
      at >= 0;
      at = payload.indexOf(WRITTEN_MARK, from)
    ) {
      const number = at + WRITTEN_MARK.length;
      // Of keys that became the same, a Map has kept the last.
      parts.push(
        payload.subarray(from, at),
        this.rawItems[payload.readUInt32BE(number)] as Uint8Array,
      );
      from = number + 4;
    }
    const buffer = Buffer.concat([...parts, payload.subarray(from)]);
    return { buffer, start: 0, end: buffer.length };
  }

  private encode(items: readonly unknown[]): Written {
    SEQUENCE.items = items;
    try {
      return encoder.encode(SEQUENCE, TELL_WHERE);
    } catch (cause) {
      throw new EncodeError(`cannot be encoded (${String(cause)})`, [], 'value', { cause });
    } finally {
      SEQUENCE.items = NOTHING;
    }
  }
}

function sliceOf(buffer: Written): Slice {
  return { buffer, start: buffer.start, end: buffer.end };
}
