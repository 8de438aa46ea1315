import type { Slice } from '../cbor/slice.js';

const NO_ATTACHMENTS: readonly Buffer[] = [];

/**
 * An encoded envelope and, with the extension on, its header: a range of pooled memory that is not
 * written to again. Consecutive envelopes are mostly adjacent in memory.
 */
export class Envelope implements Slice {
  /** Bytes, those of the attachments included. */
  readonly size: number;

  /**
   * @param timeout in the header of a request, in milliseconds; 0 where it has none
   * @param timeoutAt its offset in the buffer
   * @param attachments byte strings that travel as frames of their own
   */
  constructor(
    readonly buffer: Buffer,
    readonly start: number,
    readonly end: number,
    private timeout = 0,
    private readonly timeoutAt = 0,
    readonly attachments: readonly Buffer[] = NO_ATTACHMENTS,
  ) {
    this.size = end - start;
    for (const { length } of attachments) {
      this.size += length;
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
    if (this.timeout === 0 || left >= this.timeout) {
      return;
    }
    const { buffer, timeoutAt } = this;
    const initial = buffer[timeoutAt] as number;
    this.timeout = left;
    if (initial < 24) {
      buffer[timeoutAt] = left;
    } else {
      const width = 2 ** (initial - 24);
      const used = Math.min(width, 4);
      buffer.fill(0, timeoutAt + 1, timeoutAt + 1 + width - used);
      buffer.writeUIntBE(left, timeoutAt + 1 + width - used, used);
    }
  }
}
