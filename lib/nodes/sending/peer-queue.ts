import { Fifo } from '../../calls/fifo.js';
import type { OutgoingMessage } from '../node.js';
import { type Batch, Packer, type PackingLimits } from './packing.js';

/**
 * Whether a queue stands in line to be sent from (`queued`), its peer took nothing at the last try
 * (`full`), or both (`retrying`).
 *
 * ```text
 *           enterLine()
 *    idle ◀────────────▶ queued
 *    │  ▲   takeTurn()    │  ▲
 *    │  │                 │  │
 *    │hold() relieve()    │hold() relieve()
 *    │  │                 │  │
 *    ▼  │   enterLine()   ▼  │
 *    full ─────────────▶ retrying ──▶ idle
 *                              takeTurn()
 * ```
 */
export type PeerQueueState = 'idle' | 'queued' | 'full' | 'retrying';

/** The messages that wait for one peer, in order. */
export class PeerQueue {
  bytes = 0;

  private current: PeerQueueState = 'idle';
  private readonly messages = new Fifo<OutgoingMessage>();
  private waiters: (() => void)[] = [];

  constructor(readonly peer: string) {}

  get state(): PeerQueueState {
    return this.current;
  }

  /** Whether the peer took nothing at the last try. */
  get isFull(): boolean {
    return this.current === 'full' || this.current === 'retrying';
  }

  get length(): number {
    return this.messages.size;
  }

  /** @returns false where it stands in line already */
  enterLine(): boolean {
    switch (this.current) {
      case 'idle':
        this.current = 'queued';
        return true;
      case 'full':
        this.current = 'retrying';
        return true;
      default:
        return false;
    }
  }

  /** It is its turn: it has left the line, and its peer is tried. */
  takeTurn(): void {
    this.current = 'idle';
  }

  /** The peer took nothing. */
  hold(): void {
    this.current = this.current === 'idle' || this.current === 'full' ? 'full' : 'retrying';
  }

  /** Nothing waits for the peer any more. */
  relieve(): void {
    this.current = this.current === 'retrying' ? 'queued' : 'idle';
  }

  push(message: OutgoingMessage): void {
    this.messages.push(message);
    this.bytes += message.size;
  }

  /**
   * Takes out the next batch: as many messages as may share a frame.
   *
   * @param dropped is called for what leaves without being sent: it was abandoned, or it failed
   * @returns undefined where nothing is left
   */
  take(
    limits: PackingLimits,
    dropped: (message: OutgoingMessage, error?: unknown) => void,
  ): Batch | undefined {
    const now = performance.now();
    const packer = new Packer(limits);
    let message = this.messages.first;
    while (message && !packer.isComplete) {
      if (message.abandoned) {
        this.leave(message);
        dropped(message);
      } else {
        try {
          if (!packer.add(message, now)) {
            break;
          }
          this.leave(message);
        } catch (error) {
          this.leave(message);
          dropped(message, error);
        }
      }
      message = this.messages.first;
    }
    return packer.batch();
  }

  /** Puts a batch back that the peer did not take. */
  putBack(messages: readonly OutgoingMessage[]): void {
    this.messages.putBack(messages);
    this.bytes += sizeOf(messages);
  }

  /** Takes out the youngest message; undefined where only what is exempt from limits is left. */
  takeYoungest(): OutgoingMessage | undefined {
    const message = this.messages.takeYoungest(({ isExempt }) => isExempt !== true);
    this.bytes -= message?.size ?? 0;
    return message;
  }

  /** Takes out the abandoned messages. */
  takeAbandoned(): OutgoingMessage[] {
    const abandoned = this.messages.takeAll((message) => message.abandoned);
    this.bytes -= sizeOf(abandoned);
    return abandoned;
  }

  /** Empties the queue. @returns its messages */
  clear(): OutgoingMessage[] {
    this.bytes = 0;
    return this.messages.clear();
  }

  /** Resolves when no more than so many bytes wait; undefined where that is so now. */
  whenWritable(bytes: number): Promise<void> | undefined {
    return this.bytes <= bytes
      ? undefined
      : new Promise((resolve) => {
          this.waiters.push(resolve);
        });
  }

  /** Resolves the promises of {@link whenWritable}. */
  releaseWaiters(): void {
    if (this.waiters.length > 0) {
      for (const resolve of this.waiters.splice(0)) {
        resolve();
      }
    }
  }

  private leave({ size }: OutgoingMessage): void {
    this.messages.shift();
    this.bytes -= size;
  }
}

function sizeOf(messages: readonly OutgoingMessage[]): number {
  return messages.reduce((bytes, { size }) => bytes + size, 0);
}
