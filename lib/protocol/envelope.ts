import type { Slice } from './slice.js';

/** Where in an envelope's header its timeout stands, and in how many bytes. */
export interface TimeoutField {
  readonly at: number;
  readonly width: number;
}

const NO_ATTACHMENTS: readonly Buffer[] = [];

/**
 * An envelope and, with the extension on, its header: a stretch of pooled memory that nobody else
 * writes to. Those made one after the other mostly lie next to each other.
 */
export class Envelope implements Slice {
  /**
   * @param attachments byte strings that travel as frames of their own
   * @param timeout of a request whose header tells how long it has
   */
  constructor(
    readonly buffer: Buffer,
    readonly start: number,
    readonly end: number,
    readonly attachments: readonly Buffer[] = NO_ATTACHMENTS,
    private readonly timeout?: TimeoutField,
  ) {}

  /** Bytes, those of the attachments included. */
  get size(): number {
    return this.attachments.reduce(
      (size, attachment) => size + attachment.length,
      this.end - this.start,
    );
  }

  get bytes(): Buffer {
    return this.buffer.subarray(this.start, this.end);
  }

  /**
   * Writes the time that is left into the header.
   *
   * @param left milliseconds, no more than those it was made with
   */
  setTimeLeft(left: number): void {
    if (!this.timeout) {
      return;
    }
    const { buffer } = this;
    const { at, width } = this.timeout;
    if (width === 1) {
      buffer[at] = left;
    } else {
      buffer.writeUIntBE(left, at + 1, width - 1);
    }
  }
}
