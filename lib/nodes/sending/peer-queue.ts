import { type Slice, joinSlices } from '../../cbor/slice.js';
import type { OutgoingMessage } from '../node.js';
import type { Route } from '../route.js';

/** How much one frame may hold. */
export interface PackingLimits {
  /** Bytes of the messages that share a frame; a larger one has a frame of its own. */
  maxBytes: number;
  /** How many messages may share a frame. */
  maxMessages: number;
}

/** What goes to the transport at once: one message, or several in one frame. */
export interface Batch {
  route: Route;
  messages: readonly OutgoingMessage[];
  /** What comes after the frames of the route. */
  frames: readonly Uint8Array[];
}

/** From which number of messages on that have left the front of a queue it is made shorter. */
const COMPACTION = 1024;

/** What waits for one peer, in order. */
export class PeerQueue {
  /** Whether the peer took nothing more when it was last asked. */
  isFull = false;
  /** Whether the queue stands in line to be sent from. */
  isInLine = false;
  bytes = 0;

  private messages: OutgoingMessage[] = [];
  /** Where the next message stands: shifting an array costs its length. */
  private next = 0;
  private waiters: (() => void)[] = [];

  constructor(readonly peer: string) {}

  get length(): number {
    return this.messages.length - this.next;
  }

  push(message: OutgoingMessage): void {
    this.messages.push(message);
    this.bytes += message.size;
  }

  /**
   * Takes out the next batch: as many messages as may share a frame.
   *
   * @param dropped is told of what leaves without being sent: nobody wants it any more, or it failed
   * @returns undefined where nothing is left
   */
  take(
    { maxBytes, maxMessages }: PackingLimits,
    dropped: (message: OutgoingMessage, error?: unknown) => void,
  ): Batch | undefined {
    const now = performance.now();
    const batch: OutgoingMessage[] = [];
    const slices: Slice[] = [];
    let packed = 0;
    let frames: readonly Uint8Array[] | undefined;
    while (this.next < this.messages.length && batch.length < maxMessages && !frames) {
      const message = this.messages[this.next] as OutgoingMessage;
      if (message.abandoned) {
        this.leave(message);
        dropped(message);
        continue;
      }
      const isFirst = batch.length === 0;
      if (!isFirst && message.route !== batch[0]?.route) {
        break;
      }
      try {
        const slice = message.slice(now);
        const size = slice ? slice.end - slice.start : Infinity;
        if (!isFirst && packed + size > maxBytes) {
          break;
        }
        if (slice) {
          slices.push(slice);
          packed += size;
        } else {
          frames = message.frames(now);
        }
      } catch (error) {
        this.leave(message);
        dropped(message, error);
        continue;
      }
      this.leave(message);
      batch.push(message);
    }
    this.shorten();
    const [first] = batch;
    return first && { route: first.route, messages: batch, frames: frames ?? [joinSlices(slices)] };
  }

  /** Puts a batch back that the peer did not take. */
  putBack(messages: readonly OutgoingMessage[]): void {
    this.messages = [...messages, ...this.messages.slice(this.next)];
    this.next = 0;
    this.bytes += sizeOf(messages);
  }

  /** Takes out the youngest message; undefined where only what is exempt from limits is left. */
  pop(): OutgoingMessage | undefined {
    const index = this.messages.findLastIndex(
      (message, at) => at >= this.next && message.isExempt !== true,
    );
    if (index < 0) {
      return undefined;
    }
    const [message] = this.messages.splice(index, 1) as [OutgoingMessage];
    this.bytes -= message.size;
    return message;
  }

  /** Forgets what nobody wants any more. @returns what that was */
  purge(): OutgoingMessage[] {
    const waiting = this.messages.slice(this.next);
    const abandoned = waiting.filter((message) => message.abandoned);
    if (abandoned.length > 0) {
      this.messages = waiting.filter((message) => !message.abandoned);
      this.next = 0;
      this.bytes -= sizeOf(abandoned);
    }
    return abandoned;
  }

  /** Empties the queue. @returns what was in it */
  clear(): OutgoingMessage[] {
    const waiting = this.messages.slice(this.next);
    this.messages = [];
    this.next = 0;
    this.bytes = 0;
    return waiting;
  }

  /** Resolves when no more than so many bytes wait; undefined where that is so now. */
  whenWritable(bytes: number): Promise<void> | undefined {
    return this.bytes <= bytes
      ? undefined
      : new Promise((resolve) => {
          this.waiters.push(resolve);
        });
  }

  /** Lets those who wait for room go on. */
  release(): void {
    for (const resolve of this.waiters.splice(0)) {
      resolve();
    }
  }

  private leave({ size }: OutgoingMessage): void {
    this.next++;
    this.bytes -= size;
  }

  private shorten(): void {
    if (this.next === this.messages.length) {
      this.messages = [];
      this.next = 0;
    } else if (this.next >= COMPACTION && this.next * 2 >= this.messages.length) {
      this.messages.splice(0, this.next);
      this.next = 0;
    }
  }
}

function sizeOf(messages: readonly OutgoingMessage[]): number {
  return messages.reduce((bytes, { size }) => bytes + size, 0);
}
