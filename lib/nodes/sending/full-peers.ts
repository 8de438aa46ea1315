import type { OutgoingMessage } from '../node.js';
import type { PeerQueue } from './peer-queue.js';
import { type SendQueueLimits, shareOf } from './send-limits.js';

/** How often full peers are tried again at the next turn of the event loop, before there is a wait. */
const QUICK_RETRIES = 4;
/** Waits between further attempts, in milliseconds: doubled from the first to the last. */
const FIRST_RETRY = 1;
const LAST_RETRY = 32;
/** After so many attempts it is worth looking for messages that nobody wants any more. */
const PURGE_AFTER = QUICK_RETRIES + 5;

/** What {@link FullPeers} report to the send queue that they belong to. */
export interface FullPeersOwner {
  /** A message has left because it was abandoned. */
  abandoned(message: OutgoingMessage): void;
  /** A message has left because there is no room for it. */
  refused(message: OutgoingMessage): void;
  /** No peer took anything for `sendTimeout`. */
  stalled(): void;
  /** These peers are to be tried once more. */
  retry(queues: readonly PeerQueue[]): void;
}

/** The peers that took nothing at the last try: how much waits for them, and when to try again. */
export class FullPeers {
  /** How long nothing may be taken before `stalled` is called, in milliseconds; 0 means no limit. */
  sendTimeout = 0;

  private readonly queues = new Set<PeerQueue>();
  /** Those that were looked through since the last attempt. */
  private readonly purged = new Set<PeerQueue>();
  private messages = 0;
  private bytes = 0;
  /** Since when nothing was taken; undefined where no peer is full, or one took something. */
  private since: number | undefined;
  private stopRetry: (() => void) | undefined;
  /** Attempts since something was taken. */
  private attempts = 0;

  constructor(
    private readonly limits: Required<SendQueueLimits>,
    private readonly owner: FullPeersOwner,
  ) {}

  /** Whether a message for a full peer may wait. */
  hasRoomFor(message: OutgoingMessage): boolean {
    const share = shareOf(message);
    return (
      this.messages < this.limits.maxHeldMessages * share &&
      this.bytes + message.size <= this.limits.maxHeldBytes * share
    );
  }

  /** Counts a message that was pushed to the queue of a full peer. */
  count({ size }: OutgoingMessage): void {
    this.messages++;
    this.bytes += size;
  }

  /** Lets a batch and the messages after it wait for their full peer, as far as there is room. */
  hold(queue: PeerQueue, batch: readonly OutgoingMessage[]): void {
    this.release(queue);
    queue.putBack(batch);
    queue.hold();
    this.queues.add(queue);
    this.messages += queue.length;
    this.bytes += queue.bytes;
    this.since ??= performance.now();
    if (this.isAboveLimits()) {
      this.purge(queue);
      this.refuseAboveLimits(queue);
    }
    this.retryLater();
  }

  /** Drops what nobody wants any more, at most once between two attempts. */
  makeRoom(queue: PeerQueue): void {
    if (this.queues.has(queue) && !this.purged.has(queue)) {
      this.purged.add(queue);
      this.purge(queue);
    }
  }

  /** Stops counting what waits for a peer, which is tried now. */
  release(queue: PeerQueue): void {
    if (this.queues.delete(queue)) {
      this.messages -= queue.length;
      this.bytes -= queue.bytes;
    }
  }

  /** A peer took something, or nothing waits. */
  progressed(): void {
    this.since = undefined;
    this.attempts = 0;
  }

  /** Forgets all peers. */
  clear(): void {
    this.stopRetry?.();
    this.stopRetry = undefined;
    this.queues.clear();
    this.purged.clear();
    this.messages = 0;
    this.bytes = 0;
    this.progressed();
  }

  /** Abandoned messages neither count against the limits nor make a peer look stalled. */
  private purge(queue: PeerQueue): void {
    for (const message of queue.takeAbandoned()) {
      this.leave(message);
      this.owner.abandoned(message);
    }
    if (queue.length === 0) {
      this.release(queue);
      queue.relieve();
    }
    if (this.messages === 0) {
      this.progressed();
    }
  }

  private refuseAboveLimits(queue: PeerQueue): void {
    while (this.isAboveLimits()) {
      const youngest = queue.takeYoungest();
      if (!youngest) {
        break;
      }
      this.leave(youngest);
      this.owner.refused(youngest);
    }
  }

  /** Whether too much waits. One message alone may be of any size. */
  private isAboveLimits(): boolean {
    const { maxHeldMessages, maxHeldBytes } = this.limits;
    return this.messages > maxHeldMessages || (this.messages > 1 && this.bytes > maxHeldBytes);
  }

  private leave({ size }: OutgoingMessage): void {
    this.messages--;
    this.bytes -= size;
  }

  private retryLater(): void {
    if (this.stopRetry) {
      return;
    }
    const delay = this.nextDelay();
    if (delay === 0) {
      const immediate = setImmediate(this.retryNow);
      this.stopRetry = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(this.retryNow, delay);
      this.stopRetry = () => clearTimeout(timer);
    }
  }

  /** Milliseconds to the next attempt; 0 means at the next turn of the event loop. */
  private nextDelay(): number {
    const waits = this.attempts++ - QUICK_RETRIES;
    return waits < 0 ? 0 : Math.min(FIRST_RETRY * 2 ** waits, LAST_RETRY);
  }

  private readonly retryNow = (): void => {
    this.stopRetry = undefined;
    this.purged.clear();
    const queues = [...this.queues];
    // Looking through all that waits at each attempt would cost a quick sender more than the rest.
    if (this.attempts > PURGE_AFTER || this.isStalled()) {
      queues.forEach((queue) => this.purge(queue));
    }
    if (this.isStalled()) {
      this.since = undefined;
      this.owner.stalled();
    }
    this.owner.retry(queues);
  };

  private isStalled(): boolean {
    return (
      this.sendTimeout > 0 &&
      this.since !== undefined &&
      performance.now() - this.since >= this.sendTimeout
    );
  }
}
