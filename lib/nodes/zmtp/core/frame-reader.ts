import { type FrameHead, SHORT_HEAD, headSizeOf, readHead } from './frame-head.js';
import { MessageBudget, type ReadBudget, type ReadLimits } from './read-budget.js';

/** The smallest store for a frame that comes in pieces, in bytes. */
const FIRST_STORE = 4096;

/** How many times the bytes that have come a store may have. */
const GROWTH = 4;

/** A chunk that a frame may keep alive, however short it is: as large as Node's pool, which copies stand in. */
const SMALL_CHUNK = 8 * 1024;

/** How many times its own bytes a frame may keep alive of larger ones. Copies of longer frames cost 1 µs, not 0.1. */
const MAX_KEPT = 16;

const NOTHING: Buffer = Buffer.alloc(0);

/** A frame of a message, or a command. */
export interface Frame {
  readonly isCommand: boolean;
  readonly hasMore: boolean;
  /**
   * A view on the chunk that it came in. It is on memory of its own where it came in several, or is a
   * small part of a large one: whoever keeps it keeps all of the chunk.
   */
  readonly body: Buffer;
}

/**
 * Cuts a stream of bytes into frames. What is most of a chunk is not copied.
 *
 * A frame that comes in pieces is put together in a store, which grows with what has come, whatever
 * size the frame announces.
 */
export class FrameReader {
  private chunk = NOTHING;
  private at = 0;
  /** An unfinished frame: its bytes, how many have come, and how many of it are known to come. */
  private store = NOTHING;
  private stored = 0;
  private needed = 0;
  /** What holds for the frames whose sizes are read from here on. */
  budget: ReadBudget;

  constructor(limits: ReadLimits) {
    this.budget = new MessageBudget(limits);
  }

  /** How much has come of a message or a command that is not complete. */
  get unfinished(): number {
    return this.budget.unfinished + this.stored;
  }

  /** Takes a chunk, which must not change any more. */
  push(chunk: Buffer): void {
    const rest = this.chunk.subarray(this.at);
    this.chunk = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.at = 0;
  }

  /**
   * The next frame; undefined where more of it is to come.
   *
   * @throws {ProtocolError} for a frame that cannot be, or that is over a limit
   */
  next(): Frame | undefined {
    return this.stored > 0 ? this.completeStored() : this.readChunk();
  }

  private readChunk(): Frame | undefined {
    const { chunk, at } = this;
    const left = chunk.length - at;
    const needed = this.sizeOf(chunk, at, left);
    if (needed > left) {
      this.needed = needed;
      this.keep(left);
      return undefined;
    }
    this.at = at + needed;
    return this.frameOf(readHead(chunk, at), chunk, at);
  }

  private completeStored(): Frame | undefined {
    for (;;) {
      this.keep(Math.min(this.needed - this.stored, this.chunk.length - this.at));
      if (this.stored < this.needed) {
        return undefined;
      }
      const needed = this.sizeOf(this.store, 0, this.stored);
      if (needed === this.stored) {
        const { store } = this;
        this.store = NOTHING;
        this.stored = 0;
        return this.frameOf(readHead(store, 0), store, 0);
      }
      this.needed = needed;
    }
  }

  private frameOf(head: FrameHead, bytes: Buffer, at: number): Frame {
    const { isCommand, hasMore, headSize, bodySize } = head;
    this.budget.count(head);
    const start = at + headSize;
    const body = bytes.subarray(start, start + bodySize);
    const isSmallPart = bytes.length > SMALL_CHUNK && bytes.length > MAX_KEPT * bodySize;
    return { isCommand, hasMore, body: isSmallPart ? Buffer.from(body) : body };
  }

  /** How many bytes the frame that begins there has, or how many of it tell more about that. */
  private sizeOf(bytes: Buffer, at: number, left: number): number {
    if (left < SHORT_HEAD) {
      return SHORT_HEAD;
    }
    const headSize = headSizeOf(bytes[at] as number);
    if (left < headSize) {
      return headSize;
    }
    const head = readHead(bytes, at);
    this.budget.check(head);
    return headSize + head.bodySize;
  }

  /** Moves so many bytes from the chunk to the store. */
  private keep(count: number): void {
    const stored = this.stored + count;
    if (stored > this.store.length) {
      const size = Math.min(this.needed, Math.max(GROWTH * stored, FIRST_STORE));
      const store = Buffer.allocUnsafeSlow(size);
      this.store.copy(store, 0, 0, this.stored);
      this.store = store;
    }
    this.chunk.copy(this.store, this.stored, this.at, this.at + count);
    this.stored = stored;
    this.at += count;
    if (this.at === this.chunk.length) {
      this.chunk = NOTHING;
      this.at = 0;
    }
  }
}
