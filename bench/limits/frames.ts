import type { Socket } from 'node:net';

const HEAD = 4;

/**
 * Writes a message behind its length.
 *
 * @returns whether the socket takes more at once
 */
export function writeFrame(socket: Socket, message: Buffer): boolean {
  const head = Buffer.allocUnsafe(HEAD);
  head.writeUInt32BE(message.length);
  socket.cork();
  socket.write(head);
  const takesMore = socket.write(message);
  socket.uncork();
  return takesMore;
}

/** Finds the messages in a stream of bytes. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** @returns the messages that are whole with this chunk */
  read(chunk: Buffer): Buffer[] {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const messages: Buffer[] = [];
    let at = 0;
    while (bytes.length - at >= HEAD) {
      const end = at + HEAD + bytes.readUInt32BE(at);
      if (end > bytes.length) {
        break;
      }
      messages.push(bytes.subarray(at + HEAD, end));
      at = end;
    }
    this.rest = bytes.subarray(at);
    return messages;
  }
}
