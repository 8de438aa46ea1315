import { ProtocolError } from './protocol-error.js';

/**
 * The flags of a frame (37/ZMTP, "Framing"):
 *
 * ```text
 *     7 6 5 4 3    2        1      0
 *   ┌───────────┬─────────┬──────┬──────┐
 *   │ reserved  │ COMMAND │ LONG │ MORE │
 *   └───────────┴─────────┴──────┴──────┘
 * ```
 */
const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const RESERVED = 0xf8;

/** A short frame has its size in one byte, a long one in eight. */
export const SHORT_HEAD = 2;
export const LONG_HEAD = 9;
const MAX_SHORT = 255;

/** What stands before the body of a frame. */
export interface FrameHead {
  readonly isCommand: boolean;
  /** Whether another frame of the same message follows. */
  readonly hasMore: boolean;
  /** How many bytes the head itself has. */
  readonly headSize: number;
  /** How many bytes follow it. */
  readonly bodySize: number;
}

/**
 * How many bytes a head has that begins with these flags.
 *
 * @throws {ProtocolError} for flags that no frame can have
 */
export function headSizeOf(flags: number): number {
  if ((flags & RESERVED) !== 0 || (flags & (COMMAND | MORE)) === (COMMAND | MORE)) {
    throw new ProtocolError(`a frame cannot have the flags 0x${flags.toString(16)}`);
  }
  return (flags & LONG) === 0 ? SHORT_HEAD : LONG_HEAD;
}

/** Reads a head, all of which must be there. A size beyond 2⁵³ is about right, which is enough. */
export function readHead(bytes: Buffer, at: number): FrameHead {
  const flags = bytes[at] as number;
  const headSize = headSizeOf(flags);
  return {
    isCommand: (flags & COMMAND) !== 0,
    hasMore: (flags & MORE) !== 0,
    headSize,
    bodySize:
      headSize === SHORT_HEAD
        ? (bytes[at + 1] as number)
        : bytes.readUInt32BE(at + 1) * 0x1_0000_0000 + bytes.readUInt32BE(at + 5),
  };
}

/** How many bytes the head of a body of this size has. */
export function headSizeFor(bodySize: number): number {
  return bodySize <= MAX_SHORT ? SHORT_HEAD : LONG_HEAD;
}

/** Writes a head. @returns where its body begins */
export function writeHead(
  target: Buffer,
  at: number,
  { bodySize, isCommand, hasMore }: Omit<FrameHead, 'headSize'>,
): number {
  const flags = (isCommand ? COMMAND : 0) | (hasMore ? MORE : 0);
  if (bodySize <= MAX_SHORT) {
    target[at] = flags;
    target[at + 1] = bodySize;
    return at + SHORT_HEAD;
  }
  target[at] = flags | LONG;
  target.writeUInt32BE(Math.floor(bodySize / 0x1_0000_0000), at + 1);
  return target.writeUInt32BE(bodySize >>> 0, at + 5);
}
