import { headSizeFor, writeHead } from './frame-head.js';
import { ProtocolError } from './protocol-error.js';

/** A command taken apart: its name, and the data after it. */
export interface Command {
  readonly name: string;
  readonly data: Buffer;
}

/**
 * Reads the body of a command frame: `OCTET command-name command-data` (37/ZMTP, "Commands").
 *
 * @throws {ProtocolError} where the name does not fit into it
 */
export function readCommand(body: Buffer): Command {
  const nameEnd = 1 + (body[0] ?? 0);
  if (nameEnd === 1 || nameEnd > body.length) {
    throw new ProtocolError('a command has no name');
  }
  return { name: body.toString('latin1', 1, nameEnd), data: body.subarray(nameEnd) };
}

/** Writes a command as a whole frame. */
export function writeCommand(name: string, ...parts: readonly Uint8Array[]): Buffer {
  const data = Buffer.concat(parts);
  const bodySize = 1 + name.length + data.length;
  const frame = Buffer.alloc(headSizeFor(bodySize) + bodySize);
  let at = writeHead(frame, 0, { bodySize, isCommand: true, hasMore: false });
  at = frame.writeUInt8(name.length, at);
  at += frame.write(name, at, 'latin1');
  frame.set(data, at);
  return frame;
}

/** A text after its length in one byte, as in ERROR and HELLO. Its bytes after the 255th are left out. */
export function shortText(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 255);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

/**
 * Reads a {@link shortText}.
 *
 * @returns its bytes, and where it ends
 * @throws {ProtocolError} where it ends too early
 */
export function readShortText(data: Buffer, at: number): { bytes: Buffer; end: number } {
  const start = at + 1;
  const end = start + (data[at] ?? Infinity);
  if (end > data.length) {
    throw new ProtocolError('a command ends too early');
  }
  return { bytes: data.subarray(start, end), end };
}
