import type { Peer } from '../peers/peer.js';
import type { CallQueue } from './call-queue.js';
import type { CallTable } from './call-table.js';
import type { ConcurrencyGate } from './concurrency-gate.js';
import type { IncomingCall } from './incoming-call.js';

/** For how long at least a client that is told keeps its share, in milliseconds. */
const TERM = 1000;

/**
 * Shares the room for requests among the clients, so that each knows how many it may have in flight,
 * and holds the others back rather than have them refused.
 */
export class Credit {
  /** The clients that know, which go on being told: what they hold back would all come at once. */
  private readonly told = new WeakSet<Peer>();
  /** Those that were told in this term. */
  private sharers = new Set<Peer>();
  /** How many were told in the term before. */
  private earlierSharers = 0;
  private termEnd = 0;

  constructor(
    private readonly calls: CallTable,
    private readonly gate: ConcurrencyGate<IncomingCall>,
    private readonly queue: CallQueue,
  ) {}

  /**
   * How many requests a client may have in flight, told from when calls wait; undefined where that has
   * no limit.
   *
   * All have the same share, whatever they use of it: so nothing that is on its way makes it wrong. The
   * queue keeps this room for each, whatever others have there.
   */
  of(peer: Peer): number | undefined {
    if (this.queue.size > 0 && peer.node.capabilities.ordered) {
      this.told.add(peer);
    }
    if (!this.told.has(peer)) {
      return undefined;
    }
    const { capacity, size } = this.queue;
    // Events that wait take no room from requests: those of a peer with too many have to make room.
    const beside = Math.max(0, this.calls.pendingRequests + this.gate.freeSlots - size);
    return Math.floor((capacity + beside) / this.sharersWith(peer));
  }

  /** How many clients there are, of which some have nothing here in this moment. */
  private sharersWith(peer: Peer): number {
    const now = performance.now();
    if (now >= this.termEnd) {
      this.earlierSharers = now < this.termEnd + TERM ? this.sharers.size : 0;
      this.sharers = new Set();
      this.termEnd = now + TERM;
    }
    this.sharers.add(peer);
    return Math.max(this.sharers.size, this.earlierSharers, this.calls.peers, this.queue.peers);
  }
}
