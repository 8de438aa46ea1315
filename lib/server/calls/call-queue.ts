import type { Peer } from '../peers/peer.js';
import { DeparturePace } from './departure-pace.js';
import type { IncomingCall } from './incoming-call.js';
import { PeerLine } from './peer-line.js';
import type { QueueLimits } from './queue-limits.js';

/**
 * The calls that wait for a slot, within bounds for all together.
 *
 * Each peer has a line of its own, in the order in which its calls came, and the peers take turns. One
 * that has many calls waiting delays those of the others by one call each.
 */
export class CallQueue {
  /** The lines of the peers that wait, in the order of their turns. */
  private readonly lines = new Map<Peer<IncomingCall>, PeerLine>();
  private readonly pace = new DeparturePace();
  private calls = 0;
  private bytes = 0;
  /** The line that was seen last to be the fullest; others may have come to exceed it. */
  private fullest: PeerLine | undefined;

  constructor(private readonly limits: QueueLimits) {}

  /** How many calls wait. */
  get size(): number {
    return this.calls;
  }

  /** How many peers have calls that wait. */
  get peers(): number {
    return this.lines.size;
  }

  /** The call whose turn is next, which stays; undefined where none waits. */
  get first(): IncomingCall | undefined {
    const [line] = this.lines.values();
    return line?.first;
  }

  /** How many calls may wait, if all have as many bytes as those that do. */
  get capacity(): number {
    const { maxCalls, maxBytes } = this.limits;
    return this.bytes > 0 ? Math.min(maxCalls, (maxBytes * this.calls) / this.bytes) : maxCalls;
  }

  /**
   * How many milliseconds a call of a peer that is added now is likely to wait; 0 where none wait.
   *
   * Before its turn, each peer has as many turns as its own line is long; all that wait may be fewer.
   */
  expectedWait(peer: Peer<IncomingCall>): number {
    if (this.calls === 0) {
      return 0; // What is measured may be old, and nothing would renew it if all were refused.
    }
    const length = this.lines.get(peer)?.size ?? 0;
    return this.pace.interval * Math.min((length + 1) * this.peersWith(peer), this.calls + 1);
  }

  /**
   * Whether there is room for a call.
   *
   * @param leaving how many of those that wait are about to get a slot
   */
  fits({ size }: IncomingCall, leaving = 0): boolean {
    const { maxCalls, maxBytes } = this.limits;
    const hasBytes = this.calls === 0 || this.bytes + size <= maxBytes;
    return this.calls < maxCalls + leaving && hasBytes;
  }

  /**
   * The call that is to leave for one that does not fit: the oldest, with the least time left, of a peer
   * with more than its share of the room. Undefined where the other would have more than that itself.
   */
  surplusFor({ peer, size }: IncomingCall): IncomingCall | undefined {
    const line = this.lines.get(peer);
    const share = 1 / this.peersWith(peer);
    if (this.shareOf((line?.size ?? 0) + 1, (line?.bytes ?? 0) + size) > share) {
      this.fullest = line ?? this.fullest;
      return undefined;
    }
    const { fullest } = this;
    return fullest && this.lackingShareOf(fullest) > share ? fullest.first : undefined;
  }

  add(call: IncomingCall): void {
    if (this.calls === 0) {
      this.pace.begin(call.arrivedAt);
    }
    const line = this.lines.get(call.peer) ?? new PeerLine();
    this.lines.set(call.peer, line);
    line.add(call);
    this.calls++;
    this.bytes += call.size;
    const { fullest = line } = this;
    if (this.shareOf(line.size, line.bytes) >= this.shareOf(fullest.size, fullest.bytes)) {
      this.fullest = line;
    }
  }

  /** Takes out a call that has its slot now. @param now on the clock of `performance.now()` */
  depart(call: IncomingCall, now: number): void {
    this.pace.departed(now);
    this.delete(call);
    const line = this.lines.get(call.peer);
    if (line) {
      this.lines.delete(call.peer); // The others come first now.
      this.lines.set(call.peer, line);
    }
  }

  /** Takes out a call that will have no slot; false where it does not wait. */
  delete(call: IncomingCall): boolean {
    const line = this.calls > 0 ? this.lines.get(call.peer) : undefined;
    if (!line?.delete(call)) {
      return false;
    }
    this.calls--;
    this.bytes -= call.size;
    if (line.size === 0) {
      this.lines.delete(call.peer);
    }
    return true;
  }

  /** Takes out all calls, oldest first. */
  clear(): IncomingCall[] {
    const calls = [...this.lines.values()].flatMap((line) => line.all());
    this.lines.clear();
    this.fullest = undefined;
    this.calls = this.bytes = 0;
    return calls.toSorted((one, other) => one.sequence - other.sequence);
  }

  /** How many peers wait, once this one does. */
  private peersWith(peer: Peer<IncomingCall>): number {
    return this.lines.size + (this.lines.has(peer) ? 0 : 1);
  }

  /** The share of the room that these take. */
  private shareOf(calls: number, bytes: number): number {
    return Math.max(calls / this.limits.maxCalls, bytes / this.limits.maxBytes);
  }

  /** The share that a line has of what there is too little of. */
  private lackingShareOf({ size, bytes }: PeerLine): number {
    const { maxCalls, maxBytes } = this.limits;
    return this.calls >= maxCalls ? size / maxCalls : bytes / maxBytes;
  }
}
