import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { OutgoingMessage } from '../node.js';
import { type Batch, type PackingLimits, PeerQueue } from './peer-queue.js';
import type { Route } from '../route.js';

/** What became of an attempt to hand a batch over: `full` means later, an error means never. */
export type Handover = 'sent' | 'full' | RemoteCallError;

/** Limits of an {@link SendQueue}. */
export interface SendQueueLimits {
  /** How many messages may wait for one peer at most. Default 65,536. */
  maxMessages?: number;
  /** How many bytes may wait for one peer at most. Default 64 MiB. */
  maxBytes?: number;
  /** How many messages may wait for all full peers together. Default four times `maxMessages`. */
  maxHeldMessages?: number;
  /** How many bytes may wait for all full peers together. Default four times `maxBytes`. */
  maxHeldBytes?: number;
}

/** What an {@link SendQueue} needs to know of its transport. */
export interface SendQueueTransport {
  packing: PackingLimits;
  /** How many hand-overs may be under way at once: more than the default, 1, where none is full. */
  maxUnderWay?: number;
  /** Hands one batch to the transport. Never rejects. */
  handOver(batch: Batch): Promise<Handover>;
  /** A peer took nothing for `sendTimeout`. */
  stalled(): void;
}

/** Waits between attempts at a full peer, in milliseconds: doubled from the first to the last. */
const FIRST_RETRY = 1;
const LAST_RETRY = 32;

/** How much of the limits is open to what is exempt from them: even that must not grow for ever. */
const EXEMPT_SHARE = 1.25;

/** How many bytes may wait for a peer before {@link SendQueue.room} asks to wait. */
const ROOM = 256 * 1024;

/**
 * The one sender of a transport. What is posted within one tick leaves at its end, packed into few
 * frames; each peer's in order, one frame for each peer in turn, and within bounds.
 *
 * A peer that takes nothing never holds up the others: its messages wait and are tried again.
 */
export class SendQueue {
  /** How long nothing may be taken before `stalled` is called, in milliseconds; 0 means no limit. */
  sendTimeout = 0;

  private readonly queues = new Map<string, PeerQueue>();
  /** The queues to send from, the next one first. */
  private line: PeerQueue[] = [];
  private isScheduled = false;
  private isSending = false;
  private underWay = 0;
  private waitingMessages = 0;
  private waitingBytes = 0;
  /** Of those that wait, the ones for full peers. */
  private heldMessages = 0;
  private heldBytes = 0;
  /** Since when nothing was taken although a peer is full, 0 when that is not so. */
  private heldSince = 0;
  private retry: NodeJS.Timeout | undefined;
  private retryDelay = FIRST_RETRY;
  private idle: (() => void)[] = [];

  private readonly maxMessages: number;
  private readonly maxBytes: number;
  private readonly maxHeldMessages: number;
  private readonly maxHeldBytes: number;
  private readonly maxUnderWay: number;

  constructor(
    private readonly transport: SendQueueTransport,
    limits: SendQueueLimits = {},
  ) {
    this.maxMessages = limits.maxMessages ?? 65_536;
    this.maxBytes = limits.maxBytes ?? 64 * 1024 * 1024;
    this.maxHeldMessages = limits.maxHeldMessages ?? 4 * this.maxMessages;
    this.maxHeldBytes = limits.maxHeldBytes ?? 4 * this.maxBytes;
    this.maxUnderWay = transport.maxUnderWay ?? 1;
  }

  /** How many messages wait. */
  get size(): number {
    return this.waitingMessages;
  }

  /** Queues a message; it fails with `RESOURCE_EXHAUSTED` when too much waits already. */
  post(message: OutgoingMessage): void {
    const queue = this.queueOf(message.route.peer);
    if (this.hasNoRoom(queue, message)) {
      message.failed(this.exhausted());
      return;
    }
    queue.push(message);
    this.waitingMessages++;
    this.waitingBytes += message.size;
    if (queue.isFull) {
      this.heldMessages++;
      this.heldBytes += message.size;
      return;
    }
    this.standInLine(queue);
    if (!this.isSending && this.fillsFrame(queue)) {
      // The other side may begin with it while this one goes on.
      void this.sendAll();
    } else {
      this.schedule();
    }
  }

  /** Resolves when little waits for the peer of a route; undefined where that is so now. */
  whenWritable(route: Route): Promise<void> | undefined {
    return this.queues.get(route.peer)?.whenWritable(ROOM);
  }

  /** Resolves when nothing waits, or after `timeout` milliseconds. */
  flush(timeout: number): Promise<void> {
    if (this.waitingMessages === 0) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Gives back everything that waits, each peer's in order, and forgets it. */
  withdraw(): OutgoingMessage[] {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.retryDelay = FIRST_RETRY;
    this.heldSince = 0;
    this.heldMessages = 0;
    this.heldBytes = 0;
    const queues = [...this.queues.values()];
    this.queues.clear();
    this.line = [];
    const withdrawn = queues.flatMap((queue) => queue.clear());
    withdrawn.forEach((message) => this.leave(message));
    queues.forEach((queue) => queue.release());
    return withdrawn.filter((message) => !message.abandoned);
  }

  private queueOf(peer: string): PeerQueue {
    let queue = this.queues.get(peer);
    if (!queue) {
      queue = new PeerQueue(peer);
      this.queues.set(peer, queue);
    }
    return queue;
  }

  private hasNoRoom(queue: PeerQueue, { size, isExempt }: OutgoingMessage): boolean {
    const share = isExempt === true ? EXEMPT_SHARE : 1;
    return (
      queue.length >= this.maxMessages * share ||
      (queue.length > 0 && queue.bytes + size > this.maxBytes * share) ||
      (queue.isFull &&
        (this.heldMessages >= this.maxHeldMessages * share ||
          this.heldBytes + size > this.maxHeldBytes * share))
    );
  }

  private standInLine(queue: PeerQueue): void {
    if (!queue.isInLine) {
      queue.isInLine = true;
      this.line.push(queue);
    }
  }

  private readonly sendScheduled = (): void => {
    this.isScheduled = false;
    if (!this.isSending) {
      void this.sendAll();
    }
  };

  private fillsFrame(queue: PeerQueue): boolean {
    return queue.length >= this.transport.packing.maxMessages;
  }

  private schedule(): void {
    if (!this.isScheduled && !this.isSending) {
      this.isScheduled = true;
      process.nextTick(this.sendScheduled);
    }
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    // What does not fill a frame waits for the end of the tick, where it may be more.
    do {
      const round = this.line;
      this.line = [];
      for (const queue of round) {
        queue.isInLine = false;
        this.noLongerFull(queue);
        const batch = queue.take(this.transport.packing, this.dropped);
        if (batch) {
          const handover = this.transport.handOver(batch);
          if (++this.underWay < this.maxUnderWay) {
            void handover.then((outcome) => this.handedOver(queue, batch, outcome));
          } else {
            this.handedOver(queue, batch, await handover);
          }
        }
        this.goOn(queue);
      }
    } while (this.line.some((queue) => this.fillsFrame(queue)));
    this.isSending = false;
    if (this.line.length > 0) {
      this.schedule();
    }
  }

  /** Lets a queue stand in line again, or forgets it where nothing waits any more. */
  private goOn(queue: PeerQueue): void {
    if (queue.bytes <= ROOM) {
      queue.release();
    }
    if (queue.length === 0) {
      if (this.queues.get(queue.peer) === queue) {
        this.queues.delete(queue.peer);
      }
    } else if (!queue.isFull) {
      this.standInLine(queue);
    }
  }

  private handedOver(queue: PeerQueue, { route, messages }: Batch, handover: Handover): void {
    this.underWay--;
    if (handover === 'full') {
      this.holdBack(this.queueOf(queue.peer), messages);
      return;
    }
    for (const message of messages) {
      this.leave(message);
    }
    if (handover === 'sent') {
      route.sentAt = performance.now();
      this.heldSince = 0;
      this.retryDelay = FIRST_RETRY;
      for (const message of messages) {
        message.sent();
      }
    } else {
      for (const message of messages) {
        message.failed(handover);
      }
    }
  }

  /** Lets a batch wait for its full peer, and what came after it, as far as there is room. */
  private holdBack(queue: PeerQueue, messages: readonly OutgoingMessage[]): void {
    queue.putBack(messages);
    queue.isFull = true;
    this.heldMessages += queue.length;
    this.heldBytes += queue.bytes;
    this.heldSince ||= performance.now();
    this.purge(queue);
    while (this.isOverLimit()) {
      const youngest = queue.pop();
      if (!youngest) {
        break;
      }
      this.heldMessages--;
      this.heldBytes -= youngest.size;
      this.leave(youngest);
      youngest.failed(this.exhausted());
    }
    this.retryLater();
  }

  /** Whether too much waits for full peers. One message alone may be as large as it is. */
  private isOverLimit(): boolean {
    return (
      this.heldMessages > this.maxHeldMessages ||
      (this.heldMessages > 1 && this.heldBytes > this.maxHeldBytes)
    );
  }

  private noLongerFull(queue: PeerQueue): void {
    if (queue.isFull) {
      queue.isFull = false;
      this.heldMessages -= queue.length;
      this.heldBytes -= queue.bytes;
    }
  }

  private retryLater(): void {
    if (!this.retry) {
      this.retry = setTimeout(() => this.retryNow(), this.retryDelay);
      this.retryDelay = Math.min(this.retryDelay * 2, LAST_RETRY);
    }
  }

  /** Tries every full peer once more. */
  private retryNow(): void {
    this.retry = undefined;
    const full = [...this.queues.values()].filter((queue) => queue.isFull);
    for (const queue of full) {
      this.purge(queue);
    }
    const isStalled =
      this.sendTimeout > 0 &&
      this.heldSince > 0 &&
      performance.now() - this.heldSince >= this.sendTimeout;
    if (isStalled) {
      this.heldSince = 0;
      this.transport.stalled();
    }
    for (const queue of full) {
      if (this.queues.get(queue.peer) === queue) {
        this.standInLine(queue);
      }
    }
    if (!this.isSending) {
      void this.sendAll();
    }
  }

  /** What nobody wants any more neither counts against the limits nor makes a peer look stalled. */
  private purge(queue: PeerQueue): void {
    for (const message of queue.purge()) {
      this.heldMessages--;
      this.heldBytes -= message.size;
      this.leave(message);
    }
    if (queue.length === 0) {
      this.noLongerFull(queue);
    }
    if (this.heldMessages === 0) {
      this.heldSince = 0;
      this.retryDelay = FIRST_RETRY;
    }
  }

  private readonly dropped = (message: OutgoingMessage, error?: unknown): void => {
    this.leave(message);
    if (error !== undefined) {
      message.failed(
        error instanceof RemoteCallError
          ? error
          : new RemoteCallError('cannot send', {}, { code: 'INTERNAL', cause: error }),
      );
    }
  };

  private leave(message: OutgoingMessage): void {
    this.waitingMessages--;
    this.waitingBytes -= message.size;
    if (this.waitingMessages === 0) {
      this.heldSince = 0;
      for (const resolve of this.idle.splice(0)) {
        resolve();
      }
    }
  }

  private exhausted(): RemoteCallError {
    return new RemoteCallError(
      'too much waits to be sent',
      { messages: this.waitingMessages, bytes: this.waitingBytes },
      { code: 'RESOURCE_EXHAUSTED' },
    );
  }
}
