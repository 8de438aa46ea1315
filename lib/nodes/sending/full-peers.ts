import type { OutgoingMessage } from '../node.js';
import type { PeerQueue } from './peer-queue.js';
import { type SendQueueLimits, shareOf } from './send-limits.js';

/** Waits between attempts at full peers, in milliseconds: doubled from the first to the last. */
const FIRST_RETRY = 1;
const LAST_RETRY = 32;

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
  private messages = 0;
  private bytes = 0;
  /** Since when nothing was taken; undefined where no peer is full, or one took something. */
  private since: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private delay = FIRST_RETRY;

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
    this.purge(queue);
    this.refuseAboveLimits(queue);
    this.retryLater();
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
    this.delay = FIRST_RETRY;
  }

  /** Forgets all peers. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.queues.clear();
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
    if (!this.timer) {
      this.timer = setTimeout(() => this.retryNow(), this.delay);
      this.delay = Math.min(this.delay * 2, LAST_RETRY);
    }
  }

  private retryNow(): void {
    this.timer = undefined;
    const queues = [...this.queues];
    queues.forEach((queue) => this.purge(queue));
    if (this.isStalled()) {
      this.since = undefined;
      this.owner.stalled();
    }
    this.owner.retry(queues);
  }

  private isStalled(): boolean {
    return (
      this.sendTimeout > 0 &&
      this.since !== undefined &&
      performance.now() - this.since >= this.sendTimeout
    );
  }
}
