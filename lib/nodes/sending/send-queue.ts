import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { OutgoingMessage } from '../node.js';
import type { Route } from '../route.js';
import { FullPeers } from './full-peers.js';
import type { Batch, PackingLimits } from './packing.js';
import { PeerQueue } from './peer-queue.js';
import { type SendQueueLimits, resolveLimits, shareOf } from './send-limits.js';

/** How an attempt to hand a batch over ended: `full` means later, an error means never. */
export type Handover = 'sent' | 'full' | RemoteCallError;

/** What a {@link SendQueue} needs of its transport. */
export interface SendQueueTransport {
  packing: PackingLimits;
  /** How many hand-overs may be under way at once: more than the default, 1, where none is full. */
  maxUnderWay?: number;
  /** Hands one batch to the transport, at once or later. Never rejects. */
  handOver(batch: Batch): Handover | Promise<Handover>;
  /** No peer took anything for `sendTimeout`. */
  stalled(): void;
}

/** How many bytes may wait for a peer that counts as writable. */
const ROOM = 256 * 1024;

/**
 * What a send queue does.
 *
 * ```text
 *           post()            end of the period, or a frame is full
 *    idle ─────────▶ scheduled ───────────────────────────────────▶ sending
 *     ▲                  ▲              messages for less than a frame │ │
 *     │                  └─────────────────────────────────────────────┘ │
 *     └──────────────────────────────────────────────────────────────────┘
 *                                                 nothing is left to send
 * ```
 *
 * A retry of full peers leads to `sending` from any state.
 */
type State = 'idle' | 'scheduled' | 'sending';

/** Whether anything was sent in this turn of the event loop, where that makes a difference. */
type Turn = 'fresh' | 'used';

/**
 * The one sender of a transport. What is posted within one period leaves by its end, packed into few
 * frames; each peer's in order, one frame for each peer in turn, and within limits.
 *
 * A peer that takes nothing never holds up the others: its messages wait and are tried again.
 */
export class SendQueue {
  private state: State = 'idle';
  private turn: Turn = 'fresh';
  private readonly queues = new Map<string, PeerQueue>();
  /** The queues to send from, the next one first. */
  private line: PeerQueue[] = [];
  private underWay = 0;
  private waitingMessages = 0;
  private waitingBytes = 0;
  private flushes: (() => void)[] = [];

  private readonly limits: Required<SendQueueLimits>;
  private readonly maxUnderWay: number;
  /** How many messages fill the first frame of a period, and the next one. */
  private readonly firstFrame: number;
  private nextFrame: number;
  private readonly fullPeers: FullPeers;

  constructor(
    private readonly transport: SendQueueTransport,
    limits: SendQueueLimits = {},
  ) {
    this.limits = resolveLimits(limits);
    this.maxUnderWay = transport.maxUnderWay ?? 1;
    const { firstMessages, maxMessages } = transport.packing;
    this.firstFrame = this.nextFrame = firstMessages ?? maxMessages;
    this.fullPeers = new FullPeers(this.limits, {
      abandoned: (message) => this.leave(message),
      refused: (message) => {
        this.leave(message);
        message.failed(this.exhausted());
      },
      stalled: () => transport.stalled(),
      retry: (queues) => this.retry(queues),
    });
  }

  /** How long no peer may take anything before it stalls, in milliseconds; 0 means no limit. */
  set sendTimeout(milliseconds: number) {
    this.fullPeers.sendTimeout = milliseconds;
  }

  /** How many messages wait. */
  get size(): number {
    return this.waitingMessages;
  }

  /** Queues a message; it fails with `RESOURCE_EXHAUSTED` when too much waits already. */
  post(message: OutgoingMessage): void {
    const queue = this.queueOf(message.route.peer);
    if (!this.hasRoomFor(message, queue)) {
      this.fullPeers.makeRoom(queue);
      if (!this.hasRoomFor(message, queue)) {
        message.failed(this.exhausted());
        return;
      }
    }
    queue.push(message);
    this.waitingMessages++;
    this.waitingBytes += message.size;
    if (queue.isFull) {
      this.fullPeers.count(message);
      return;
    }
    this.standInLine(queue);
    if (this.state !== 'sending' && this.fillsFrame(queue)) {
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
      this.flushes.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /**
   * Tries full peers once more without delay: they take messages again.
   *
   * @param peer the key of the one that does; undefined where any may
   */
  retryFull(peer: string | undefined): void {
    const queues = peer === undefined ? [...this.queues.values()] : [this.queues.get(peer)];
    const full = queues.filter((queue) => queue?.state === 'full') as PeerQueue[];
    if (full.length > 0) {
      this.retry(full);
    }
  }

  /** Gives back everything that waits, each peer's in order, and forgets it. */
  withdraw(): OutgoingMessage[] {
    this.fullPeers.clear();
    const queues = [...this.queues.values()];
    this.queues.clear();
    this.line = [];
    const withdrawn = queues.flatMap((queue) => queue.clear());
    withdrawn.forEach((message) => this.leave(message));
    queues.forEach((queue) => queue.releaseWaiters());
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

  private hasRoomFor(message: OutgoingMessage, queue: PeerQueue): boolean {
    const { maxMessages, maxBytes } = this.limits;
    const share = shareOf(message);
    return (
      queue.length < maxMessages * share &&
      (queue.length === 0 || queue.bytes + message.size <= maxBytes * share) &&
      (!queue.isFull || this.fullPeers.hasRoomFor(message))
    );
  }

  private fillsFrame(queue: PeerQueue): boolean {
    return queue.length >= this.nextFrame;
  }

  private standInLine(queue: PeerQueue): void {
    if (queue.enterLine()) {
      this.line.push(queue);
    }
  }

  private schedule(): void {
    if (this.state === 'idle') {
      this.state = 'scheduled';
      if (this.turn === 'used') {
        setImmediate(this.sendScheduled);
      } else {
        process.nextTick(this.sendScheduled);
      }
    }
  }

  /** Ends a period. Does not send where a full frame has started that since it was scheduled. */
  private readonly sendScheduled = (): void => {
    this.nextFrame = this.firstFrame;
    if (this.state === 'scheduled') {
      void this.sendAll();
    }
  };

  private readonly nextTurn = (): void => {
    this.turn = 'fresh';
  };

  private async sendAll(): Promise<void> {
    this.state = 'sending';
    if (this.turn === 'fresh' && this.transport.packing.period === 'turn') {
      this.turn = 'used';
      setImmediate(this.nextTurn);
    }
    // What does not fill a frame waits for the end of the period, where it may be more.
    do {
      const round = this.line;
      this.line = [];
      for (const queue of round) {
        this.fullPeers.release(queue);
        queue.takeTurn();
        const batch = queue.take(this.transport.packing, this.dropped);
        if (batch) {
          this.nextFrame = Math.min(2 * this.nextFrame, this.transport.packing.maxMessages);
          const handover = this.transport.handOver(batch);
          this.underWay++;
          if (!(handover instanceof Promise)) {
            this.handedOver(queue, batch, handover);
          } else if (this.underWay < this.maxUnderWay) {
            void handover.then((outcome) => this.handedOver(queue, batch, outcome));
          } else {
            this.handedOver(queue, batch, await handover);
          }
        }
        this.goOn(queue);
      }
    } while (this.line.some((queue) => this.fillsFrame(queue)));
    this.state = 'idle';
    if (this.line.length > 0) {
      this.schedule();
    }
  }

  /** Lets a queue stand in line again, or forgets it where nothing waits any more. */
  private goOn(queue: PeerQueue): void {
    if (queue.bytes <= ROOM) {
      queue.releaseWaiters();
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
      this.fullPeers.hold(this.queueOf(queue.peer), messages);
      return;
    }
    for (const message of messages) {
      this.leave(message);
    }
    if (handover === 'sent') {
      route.sentAt = performance.now();
      this.fullPeers.progressed();
      for (const message of messages) {
        message.sent();
      }
    } else {
      for (const message of messages) {
        message.failed(handover);
      }
    }
  }

  /** Tries full peers once more, except those whose messages were withdrawn meanwhile. */
  private retry(queues: readonly PeerQueue[]): void {
    for (const queue of queues) {
      if (this.queues.get(queue.peer) === queue) {
        this.standInLine(queue);
      }
    }
    if (this.state !== 'sending') {
      void this.sendAll();
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
      this.fullPeers.progressed();
      if (this.flushes.length > 0) {
        this.flushes.splice(0).forEach((resolve) => resolve());
      }
    }
  }

  private exhausted(): RemoteCallError {
    return new RemoteCallError(
      'too much waits to be sent (options limits.maxMessages and limits.maxBytes)',
      { messages: this.waitingMessages, bytes: this.waitingBytes },
      { code: 'RESOURCE_EXHAUSTED' },
    );
  }
}
