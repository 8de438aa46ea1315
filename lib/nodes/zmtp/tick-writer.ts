import type { Socket } from 'node:net';
import { MessageWriter } from './core/message-writer.js';
import type { Protection } from './core/protection.js';
import { atEndOfTick } from './end-of-tick.js';

/** How many messages of a tick are written at once, each by itself. */
const PROMPT_MESSAGES = 4;

/**
 * Sends messages by a socket: the first of a tick at once, so that the other side begins with them,
 * and those after them with one write.
 */
export class TickWriter {
  private readonly writer = new MessageWriter();
  private isDue = false;
  /** How many messages were sent in this tick. */
  private messages = 0;

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
    if (this.messages++ < PROMPT_MESSAGES) {
      this.flush();
    }
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
  flush(): void {
    const { socket, writer } = this;
    if (writer.size === 0) {
      return;
    }
    socket.cork();
    for (const piece of writer.take()) {
      socket.write(piece);
    }
    socket.uncork();
  }

  private flushLater(): void {
    if (!this.isDue) {
      this.isDue = true;
      atEndOfTick(this.endTick);
    }
  }

  private readonly endTick = (): void => {
    this.isDue = false;
    this.messages = 0;
    this.flush();
  };
}
