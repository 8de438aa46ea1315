import type { Socket } from 'node:net';
import { MessageWriter } from './core/message-writer.js';
import type { Protection } from './core/protection.js';
import { atEndOfTick } from './end-of-tick.js';

/** Sends messages by a socket, with one write for all of a tick. */
export class TickWriter {
  private readonly writer = new MessageWriter();
  private isDue = false;

  /** @param mark how many bytes may wait to be sent before there is no room for more */
  constructor(
    private readonly socket: Socket,
    private readonly mark: number,
  ) {}

  /**
   * Whether there is room for a message, of any size. Where there is none, the socket drains; one that
   * is broken has none until it closes, for it would lose everything.
   */
  get hasRoom(): boolean {
    const { socket } = this;
    return socket.writable && socket.writableLength + this.writer.size < this.mark;
  }

  /** Sends a message. @param frames none of which may change any more */
  message(frames: readonly Uint8Array[]): void {
    this.writer.message(frames);
    this.flushLater();
  }

  /** Protects all that is sent from here on, but {@link bytes}. */
  protect(protection: Protection): void {
    this.writer.protection = protection;
  }

  /** Sends a command, which is a whole frame already. */
  command(frame: Buffer): void {
    this.writer.command(frame);
    this.flushLater();
  }

  /** Sends bytes as they are. */
  bytes(bytes: Uint8Array): void {
    this.writer.bytes(bytes);
    this.flushLater();
  }

  /** Writes what was sent, without waiting for the end of the tick. */
  readonly flush = (): void => {
    const { socket } = this;
    this.isDue = false;
    socket.cork();
    for (const piece of this.writer.take()) {
      socket.write(piece);
    }
    socket.uncork();
  };

  private flushLater(): void {
    if (!this.isDue) {
      this.isDue = true;
      atEndOfTick(this.flush);
    }
  }
}
