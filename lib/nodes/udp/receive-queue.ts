import type { RemoteInfo } from 'node:dgram';

/** How many datagrams wait while it is paused, as in the original. */
const CAPACITY = 128;

/**
 * What becomes of a datagram that arrives.
 *
 * ```text
 *                 pause()
 *   delivering ◀─────────▶ queueing
 *                 resume()
 * ```
 */
type State = 'delivering' | 'queueing';

/** Delivers datagrams at once or, while it is paused, keeps the first 128 of them. */
export class ReceiveQueue {
  private state: State = 'delivering';
  private queue: [datagram: Buffer, from: RemoteInfo][] = [];

  /** @param deliver takes one datagram; it may pause or clear the queue */
  constructor(private readonly deliver: (datagram: Buffer, from: RemoteInfo) => void) {}

  /** @returns false where there is no room for the datagram */
  push(datagram: Buffer, from: RemoteInfo): boolean {
    if (this.state === 'delivering') {
      this.deliver(datagram, from);
      return true;
    }
    return this.queue.length < CAPACITY && this.queue.push([datagram, from]) > 0;
  }

  pause(): void {
    this.state = 'queueing';
  }

  resume(): void {
    this.state = 'delivering';
    while (this.state === 'delivering' && this.queue.length > 0) {
      const [datagram, from] = this.queue.shift() as [Buffer, RemoteInfo];
      this.deliver(datagram, from);
    }
  }

  /** Ends a pause, and forgets what waits. */
  reset(): void {
    this.state = 'delivering';
    this.queue = [];
  }
}
