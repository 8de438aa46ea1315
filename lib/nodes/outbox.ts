import { RemoteCallError } from '../errors/remote-call.error.js';
import type { OutgoingMessage } from './node.js';

/** What became of an attempt to hand a message over: `full` means later, an error means never. */
export type Handover = 'sent' | 'full' | RemoteCallError;

/** Limits of an {@link Outbox}. */
export interface OutboxLimits {
  /** How many messages may wait for one full peer at most. Default 65,536. */
  maxMessages?: number;
  /** How many bytes may wait for one full peer at most. Default 64 MiB. */
  maxBytes?: number;
  /** How many messages may wait for all full peers together. Default four times `maxMessages`. */
  maxHeldMessages?: number;
  /** How many bytes may wait for all full peers together. Default four times `maxBytes`. */
  maxHeldBytes?: number;
}

/** Waits between attempts at a full peer, in milliseconds: doubled from the first to the last. */
const FIRST_RETRY = 1;
const LAST_RETRY = 32;

/** What waits for one full peer, in order: `messages` from `next` on. */
interface HeldQueue {
  messages: OutgoingMessage[];
  next: number;
  bytes: number;
}

/**
 * The one sender of a transport: keeps order per peer, never lets two sends overlap, and is bounded.
 *
 * A peer that takes nothing never holds up the others: its messages wait apart and are tried again.
 */
export class Outbox {
  /** How long nothing may be taken before `stalled` is called, in milliseconds; 0 means no limit. */
  sendTimeout = 0;

  private ready: OutgoingMessage[] = [];
  /** Where in `ready` the next message stands: shifting an array costs its length. */
  private next = 0;
  /** The messages of peers that took no more, by peer. */
  private readonly held = new Map<string, HeldQueue>();
  /** Since when nothing was taken although something is held, 0 when that is not so. */
  private heldSince = 0;
  private waitingMessages = 0;
  private waitingBytes = 0;
  /** Of those that wait, the ones in `held`. */
  private heldMessages = 0;
  private heldBytes = 0;
  private isSending = false;
  private isRetryDue = false;
  private retry: NodeJS.Timeout | undefined;
  private retryDelay = FIRST_RETRY;
  private idle: (() => void)[] = [];

  private readonly maxMessages: number;
  private readonly maxBytes: number;
  private readonly maxHeldMessages: number;
  private readonly maxHeldBytes: number;

  /**
   * @param handOver hands one message to the transport; never rejects
   * @param stalled is called when a peer took nothing for `sendTimeout`
   */
  constructor(
    private readonly handOver: (message: OutgoingMessage) => Promise<Handover>,
    private readonly stalled: () => void,
    limits: OutboxLimits = {},
  ) {
    this.maxMessages = limits.maxMessages ?? 65_536;
    this.maxBytes = limits.maxBytes ?? 64 * 1024 * 1024;
    this.maxHeldMessages = limits.maxHeldMessages ?? 4 * this.maxMessages;
    this.maxHeldBytes = limits.maxHeldBytes ?? 4 * this.maxBytes;
  }

  /** How many messages wait. */
  get size(): number {
    return this.waitingMessages;
  }

  /** Queues a message; it fails with `RESOURCE_EXHAUSTED` when too much waits already. */
  post(message: OutgoingMessage): void {
    if (this.isFull(0, 0, message) && this.isFull(...this.heldForOthers(message), message)) {
      message.failed(this.exhausted());
      return;
    }
    this.waitingMessages++;
    this.waitingBytes += message.size;
    this.ready.push(message);
    if (!this.isSending) {
      void this.sendAll();
    }
  }

  /** Whether there is no room for a message, not counting what waits for other full peers. */
  private isFull(otherMessages: number, otherBytes: number, message: OutgoingMessage): boolean {
    const messages = this.waitingMessages - otherMessages;
    const bytes = this.waitingBytes - otherBytes + message.size;
    return messages >= this.maxMessages || (messages > 0 && bytes > this.maxBytes);
  }

  /** How many messages, and bytes, wait for full peers other than the message's own. */
  private heldForOthers(message: OutgoingMessage): [number, number] {
    const own = this.held.get(peerOf(message));
    const ownMessages = own ? own.messages.length - own.next : 0;
    return [this.heldMessages - ownMessages, this.heldBytes - (own?.bytes ?? 0)];
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
    this.isRetryDue = false;
    this.heldSince = 0;
    const waiting = [...this.held.values()]
      .flatMap(({ messages, next }) => messages.slice(next))
      .concat(this.ready.slice(this.next));
    this.held.clear();
    this.heldMessages = 0;
    this.heldBytes = 0;
    this.ready = [];
    this.next = 0;
    for (const message of waiting) {
      this.leave(message);
    }
    return waiting.filter((message) => !message.abandoned);
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    while (this.isRetryDue || this.next < this.ready.length) {
      if (this.isRetryDue) {
        this.isRetryDue = false;
        await this.sendHeld();
        continue;
      }
      const message = this.ready[this.next++] as OutgoingMessage;
      if (message.abandoned) {
        this.leave(message);
        continue;
      }
      const held = this.held.size > 0 ? this.held.get(peerOf(message)) : undefined;
      if (held) {
        this.hold(message, held);
        continue;
      }
      const handover = await this.handOver(message);
      if (handover === 'full') {
        this.hold(message, undefined);
        this.retryLater();
      } else {
        this.settle(message, handover);
      }
    }
    this.ready = [];
    this.next = 0;
    this.isSending = false;
  }

  /** Tries every full peer once more: it takes what it can, the rest goes on waiting. */
  private async sendHeld(): Promise<void> {
    for (const [peer, queue] of [...this.held]) {
      // A withdrawal while a message is under way forgets the queues.
      while (this.held.get(peer) === queue) {
        const message = queue.messages[queue.next];
        if (!message) {
          this.held.delete(peer);
          continue;
        }
        queue.next++;
        this.release(queue, message);
        if (message.abandoned) {
          this.leave(message);
        } else {
          const handover = await this.handOver(message);
          if (handover === 'full') {
            this.holdAgain(peer, queue, message);
            break;
          }
          this.retryDelay = FIRST_RETRY;
          this.settle(message, handover);
        }
      }
    }
    if (this.held.size === 0) {
      this.heldSince = 0;
      this.retryDelay = FIRST_RETRY;
    }
  }

  /** Lets a message wait for its full peer, unless too much waits for full peers already. */
  private hold(message: OutgoingMessage, queue: HeldQueue | undefined): void {
    const isFull =
      this.heldMessages >= this.maxHeldMessages ||
      (this.heldMessages > 0 && this.heldBytes + message.size > this.maxHeldBytes);
    if (isFull) {
      this.leave(message);
      message.failed(this.exhausted());
    } else if (queue) {
      queue.messages.push(message);
      this.keep(queue, message);
    } else {
      this.holdFirst(peerOf(message), message);
    }
  }

  private holdAgain(peer: string, queue: HeldQueue, message: OutgoingMessage): void {
    if (this.held.get(peer) !== queue) {
      this.holdFirst(peer, message);
    } else {
      if (queue.next > 0) {
        queue.next--;
      } else {
        // What is abandoned left the queue meanwhile.
        queue.messages.unshift(message);
      }
      this.keep(queue, message);
    }
    this.retryLater();
  }

  private holdFirst(peer: string, message: OutgoingMessage): void {
    const queue = { messages: [message], next: 0, bytes: 0 };
    this.keep(queue, message);
    this.held.set(peer, queue);
  }

  private keep(queue: HeldQueue, { size }: OutgoingMessage): void {
    queue.bytes += size;
    this.heldBytes += size;
    this.heldMessages++;
  }

  private release(queue: HeldQueue, { size }: OutgoingMessage): void {
    queue.bytes -= size;
    this.heldBytes -= size;
    this.heldMessages--;
  }

  private settle(message: OutgoingMessage, handover: 'sent' | RemoteCallError): void {
    this.leave(message);
    if (handover === 'sent') {
      this.heldSince = 0;
      message.sent();
    } else {
      message.failed(handover);
    }
  }

  private retryLater(): void {
    if (this.held.size === 0) {
      return;
    }
    this.heldSince ||= performance.now();
    if (!this.retry) {
      this.retry = setTimeout(() => this.retryNow(), this.retryDelay);
      this.retryDelay = Math.min(this.retryDelay * 2, LAST_RETRY);
    }
  }

  private retryNow(): void {
    this.retry = undefined;
    this.forgetAbandoned();
    const isStalled =
      this.sendTimeout > 0 &&
      this.heldSince > 0 &&
      performance.now() - this.heldSince >= this.sendTimeout;
    if (isStalled) {
      this.heldSince = 0;
      this.stalled();
    }
    this.isRetryDue = this.held.size > 0;
    if (!this.isSending) {
      void this.sendAll();
    }
  }

  /** What nobody wants any more neither counts against the limits nor makes a peer look stalled. */
  private forgetAbandoned(): void {
    for (const [peer, queue] of this.held) {
      const wanted: OutgoingMessage[] = [];
      for (let index = queue.next; index < queue.messages.length; index++) {
        const message = queue.messages[index] as OutgoingMessage;
        if (message.abandoned) {
          this.release(queue, message);
          this.leave(message);
        } else {
          wanted.push(message);
        }
      }
      queue.messages = wanted;
      queue.next = 0;
      if (wanted.length === 0) {
        this.held.delete(peer);
      }
    }
    if (this.held.size === 0) {
      this.heldSince = 0;
      this.retryDelay = FIRST_RETRY;
    }
  }

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

function peerOf(message: OutgoingMessage): string {
  return Buffer.from(
    message.address.buffer,
    message.address.byteOffset,
    message.address.byteLength,
  ).toString('latin1');
}
