import type { Slice } from '../../cbor/slice.js';
import type { OutgoingMessage } from '../node.js';
import type { Route } from '../route.js';
import { joinSlices } from './join-slices.js';

/** How much one frame may hold. */
export interface PackingLimits {
  /** Bytes of the messages that share a frame; a larger one has a frame of its own. */
  maxBytes: number;
  /** How many messages may share a frame. */
  maxMessages: number;
  /**
   * How many messages do not wait for the end of the period, so that the other side begins with them
   * while more are made: that many in the first frame of it, and twice as many in each after that.
   * Default `maxMessages`, for a transport that is slow to take a frame.
   */
  firstMessages?: number;
  /**
   * What the others wait for the end of. Default `tick`. A `turn` of the event loop, whose first tick
   * they do not wait beyond, is for a transport whose messages come in a tick each: the responses to
   * them would otherwise never share a frame.
   */
  period?: 'tick' | 'turn';
}

/** What goes to the transport at once: one message, or several in one frame. */
export interface Batch {
  route: Route;
  messages: readonly OutgoingMessage[];
  /** The frames after those of the route. */
  frames: readonly Uint8Array[];
}

/** Packs messages of one route into a batch. */
export class Packer {
  private readonly messages: OutgoingMessage[] = [];
  private readonly slices: Slice[] = [];
  private bytes = 0;
  /** The frames of a message that travels alone. */
  private frames: readonly Uint8Array[] | undefined;

  constructor(private readonly limits: PackingLimits) {}

  /** Whether no other message can be added. */
  get isComplete(): boolean {
    return this.frames !== undefined || this.messages.length >= this.limits.maxMessages;
  }

  /**
   * Adds a message.
   *
   * @param now the time of the hand-over, on the clock of `performance.now()`
   * @returns false where it does not fit in
   * @throws what the message throws when its frames are made; it is not added then
   */
  add(message: OutgoingMessage, now: number): boolean {
    const isFirst = this.messages.length === 0;
    if (!isFirst && message.route !== this.messages[0]?.route) {
      return false;
    }
    const slice = message.slice(now);
    const size = slice ? slice.end - slice.start : Infinity;
    if (!isFirst && this.bytes + size > this.limits.maxBytes) {
      return false;
    }
    if (slice) {
      this.slices.push(slice);
      this.bytes += size;
    } else {
      this.frames = message.frames(now);
    }
    this.messages.push(message);
    return true;
  }

  /** The batch of all messages that were added; undefined where there are none. */
  batch(): Batch | undefined {
    const { messages, frames, slices } = this;
    const [first] = messages;
    return first && { route: first.route, messages, frames: frames ?? [joinSlices(slices)] };
  }
}
