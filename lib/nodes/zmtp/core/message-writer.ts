import { headSizeFor, readHead, writeHead } from './frame-head.js';
import type { OutgoingFrame, Protection } from './protection.js';

/** Up to how many bytes a frame is copied to stand beside others: that is cheaper than a piece of its own. */
const MAX_COPIED = 8 * 1024;

/** How much memory is taken at once for what is copied. It is never written twice. */
const SLAB_SIZE = 256 * 1024;

/** The memory that all writers share, as Node's own pool of buffers. */
let slab = Buffer.alloc(0);
let used = 0;

/** Makes the bytes of messages (37/ZMTP, "Framing"), in few pieces and without copying what is large. */
export class MessageWriter {
  /** What protects the frames that are written; undefined where nothing does. */
  protection: Protection | undefined;

  private pieces: Uint8Array[] = [];
  private written = 0;
  /** Where in the slab the piece lies that is not finished. It is empty where there is none. */
  private run = { slab, start: 0, end: 0 };

  /** How many bytes were written since {@link take}. */
  get size(): number {
    return this.written;
  }

  /** Writes a message. @param frames none of which may change any more */
  message(frames: readonly Uint8Array[]): void {
    const last = frames.length - 1;
    for (let index = 0; index <= last; index++) {
      this.frame(frames[index] as Uint8Array, index < last);
    }
  }

  /** Writes a command, which is a whole frame already. */
  command(frame: Buffer): void {
    if (!this.protection) {
      this.bytes(frame);
      return;
    }
    const body = frame.subarray(readHead(frame, 0).headSize);
    this.sealed({ isCommand: true, hasMore: false, body }, this.protection);
  }

  /** Writes bytes as they are. */
  bytes(bytes: Uint8Array): void {
    this.endRun();
    this.pieces.push(bytes);
    this.written += bytes.length;
  }

  /** Everything that was written since the last time. */
  take(): readonly Uint8Array[] {
    this.endRun();
    const { pieces } = this;
    this.pieces = [];
    this.written = 0;
    return pieces;
  }

  private frame(body: Uint8Array, hasMore: boolean): void {
    if (this.protection) {
      this.sealed({ isCommand: false, hasMore, body }, this.protection);
      return;
    }
    const isCopied = body.length <= MAX_COPIED;
    const start = this.begin(body.length, isCopied ? body.length : 0, hasMore);
    if (isCopied) {
      slab.set(body, start);
    } else {
      this.bytes(body);
    }
  }

  private sealed(frame: OutgoingFrame, protection: Protection): void {
    const [head, box] = protection.seal(frame);
    const isCopied = box.length <= MAX_COPIED;
    const start = this.begin(
      head.length + box.length,
      head.length + (isCopied ? box.length : 0),
      false,
    );
    slab.set(head, start);
    if (isCopied) {
      slab.set(box, start + head.length);
    } else {
      this.bytes(box);
    }
  }

  /**
   * Writes the head of a frame of a message.
   *
   * @param copied how many bytes of its body are to be copied after it
   * @returns where in the slab these are
   */
  private begin(bodySize: number, copied: number, hasMore: boolean): number {
    const at = this.reserve(headSizeFor(bodySize) + copied);
    return writeHead(slab, at, { bodySize, isCommand: false, hasMore });
  }

  /** Makes the run so many bytes longer. @returns where in the slab these are */
  private reserve(size: number): number {
    if (used + size > slab.length) {
      slab = Buffer.allocUnsafeSlow(SLAB_SIZE);
      used = 0;
    }
    const { run } = this;
    if (run.slab !== slab || run.end !== used) {
      // Another writer has written in between.
      this.endRun();
      this.run = { slab, start: used, end: used };
    }
    const at = used;
    used += size;
    this.run.end = used;
    this.written += size;
    return at;
  }

  private endRun(): void {
    const { run } = this;
    if (run.start < run.end) {
      this.pieces.push(run.slab.subarray(run.start, run.end));
      run.start = run.end;
    }
  }
}
