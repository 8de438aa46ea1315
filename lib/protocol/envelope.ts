import type { Slice } from '../cbor/slice.js';

const NO_ATTACHMENTS: readonly Buffer[] = [];

/**
 * An encoded envelope and, with the extension on, its header: a range of pooled memory that is not
 * written to again. Consecutive envelopes are mostly adjacent in memory.
 */
export class Envelope implements Slice {
  /** Bytes, those of the attachments included. */
  readonly size: number;
  /** What the timeout in the header is now. */
  private timeLeft: number;

  /**
   * @param timeout the last member of the header, in milliseconds; 0 where it has none
   * @param attachments byte strings that travel as frames of their own
   */
  constructor(
    readonly buffer: Buffer,
    readonly start: number,
    readonly end: number,
    private readonly timeout = 0,
    readonly attachments: readonly Buffer[] = NO_ATTACHMENTS,
  ) {
    this.timeLeft = timeout;
    this.size = end - start;
    if (attachments.length > 0) {
      for (const { length } of attachments) {
        this.size += length;
      }
    }
  }

  get bytes(): Buffer {
    return this.buffer.subarray(this.start, this.end);
  }

  /**
   * Writes the time that is left into the header, in as many bytes as the timeout takes there.
   *
   * @param left milliseconds, from 1 to the timeout, below 2^32
   */
  setTimeLeft(left: number): void {
    if (left >= this.timeLeft) {
      return;
    }
    const { buffer, end } = this;
    const width = headSize(this.timeout) - 1;
    this.timeLeft = left;
    if (width === 0) {
      buffer[end - 1] = left;
    } else {
      const used = Math.min(width, 4);
      buffer.fill(0, end - width, end - used);
      buffer.writeUIntBE(left, end - used, used);
    }
  }
}

/** Bytes that an unsigned integer takes. */
function headSize(value: number): number {
  if (value < 24) return 1;
  if (value < 0x100) return 2;
  if (value < 0x1_0000) return 3;
  return value < 0x1_0000_0000 ? 5 : 9;
}
