import type { Frame } from './frame-reader.js';

/** A frame of a message, or a command, that is to be protected. */
export interface OutgoingFrame {
  readonly isCommand: boolean;
  readonly hasMore: boolean;
  readonly body: Uint8Array;
}

/**
 * How a mechanism protects what follows its handshake: each frame travels within another one, with its
 * flags inside.
 */
export interface Protection {
  /** How many bytes the frame around another one has beside it. */
  readonly overhead: number;

  /**
   * Protects a frame.
   *
   * @returns the body of the frame that it travels in: what stands before the box, and the box. The
   *   first is valid until the next call
   */
  seal(frame: OutgoingFrame): readonly [head: Uint8Array, box: Uint8Array];

  /**
   * Takes a frame out of the one that it travels in.
   *
   * @throws {ProtocolError} where it is not protected, was altered, or came before
   */
  open(frame: Frame): Frame;
}
