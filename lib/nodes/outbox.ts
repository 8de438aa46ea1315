import { RemoteCallError } from '../errors/remote-call.error.js';
import type { OutgoingMessage } from './node.js';

/** What became of an attempt to hand a message over: `full` means later, an error means never. */
export type Handover = 'sent' | 'full' | RemoteCallError;

/** Limits of an {@link Outbox}. */
export interface OutboxLimits {
  /** How many messages may wait at most. Default 65,536. */
  maxMessages?: number;
  /** How many bytes may wait at most. Default 64 MiB. */
  maxBytes?: number;
}

/** Waits between attempts at a full peer, in milliseconds: doubled from the first to the last. */
const FIRST_RETRY = 1;
const LAST_RETRY = 32;

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
  /** The messages of peers that took no more, in order, by peer. */
  private readonly held = new Map<string, OutgoingMessage[]>();
  /** Since when nothing was taken although something is held, 0 when that is not so. */
  private heldSince = 0;
  private waitingMessages = 0;
  private waitingBytes = 0;
  private isSending = false;
  private retry: NodeJS.Timeout | undefined;
  private retryDelay = FIRST_RETRY;
  private idle: (() => void)[] = [];

  private readonly maxMessages: number;
  private readonly maxBytes: number;

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
  }

  /** How many messages wait. */
  get size(): number {
    return this.waitingMessages;
  }

  /** Queues a message; it fails with `RESOURCE_EXHAUSTED` when too much waits already. */
  post(message: OutgoingMessage): void {
    const isFull =
      this.waitingMessages >= this.maxMessages ||
      (this.waitingMessages > 0 && this.waitingBytes + message.size > this.maxBytes);
    if (isFull) {
      message.failed(this.exhausted());
      return;
    }
    this.waitingMessages++;
    this.waitingBytes += message.size;
    this.ready.push(message);
    if (!this.isSending) {
      void this.sendReady();
    }
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

  /** Gives back everything that waits, in order, and forgets it. */
  withdraw(): OutgoingMessage[] {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.retryDelay = FIRST_RETRY;
    const waiting = this.takeAll();
    for (const message of waiting) {
      this.leave(message);
    }
    return waiting.filter((message) => !message.abandoned);
  }

  private async sendReady(): Promise<void> {
    this.isSending = true;
    while (this.next < this.ready.length) {
      const message = this.ready[this.next++] as OutgoingMessage;
      if (message.abandoned) {
        this.leave(message);
        continue;
      }
      const held = this.held.size > 0 ? this.held.get(peerOf(message)) : undefined;
      if (held) {
        held.push(message);
      } else {
        this.settle(message, await this.handOver(message));
      }
    }
    this.ready = [];
    this.next = 0;
    this.isSending = false;
  }

  private settle(message: OutgoingMessage, handover: Handover): void {
    if (handover === 'full') {
      this.hold(message);
      return;
    }
    this.leave(message);
    if (handover === 'sent') {
      this.heldSince = 0;
      this.retryDelay = FIRST_RETRY;
      message.sent();
    } else {
      message.failed(handover);
    }
  }

  private hold(message: OutgoingMessage): void {
    this.heldSince ||= performance.now();
    this.held.set(peerOf(message), [message]);
    if (!this.retry) {
      this.retry = setTimeout(() => this.retryHeld(), this.retryDelay);
      this.retryDelay = Math.min(this.retryDelay * 2, LAST_RETRY);
    }
  }

  private retryHeld(): void {
    this.retry = undefined;
    const isStalled = this.heldSince > 0 && performance.now() - this.heldSince >= this.sendTimeout;
    if (this.sendTimeout > 0 && isStalled) {
      this.stalled();
      return;
    }
    this.ready = this.takeAll();
    if (!this.isSending) {
      void this.sendReady();
    }
  }

  /** Everything that waits, what is held first, which keeps the order of each peer. */
  private takeAll(): OutgoingMessage[] {
    const all = [...this.held.values()].flat().concat(this.ready.slice(this.next));
    this.held.clear();
    this.ready = [];
    this.next = 0;
    return all;
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
