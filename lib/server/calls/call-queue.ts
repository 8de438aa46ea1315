import type { IncomingCall } from './incoming-call.js';
import type { QueueLimits } from './queue-limits.js';

/** In how many milliseconds the measure of the pace loses half of its weight. */
const HALF_LIFE = 1000;

/** The calls that wait for a slot, oldest first, within bounds; it measures how fast they leave. */
export class CallQueue {
  private readonly waiting = new Set<IncomingCall>();
  private bytes = 0;
  /** How long calls have waited in line lately, and how many have left it for a slot meanwhile. */
  private busyTime = 0;
  private departures = 0;
  /** Since when the next departure is awaited. */
  private awaitedSince = 0;

  constructor(private readonly limits: QueueLimits) {}

  get size(): number {
    return this.waiting.size;
  }

  /** The oldest call, which stays; undefined where none waits. */
  get first(): IncomingCall | undefined {
    const [call] = this.waiting;
    return call;
  }

  /**
   * How many milliseconds a call that is added now is likely to wait; 0 where none wait.
   *
   * The order is first come, first served, so it is the time in which all that wait leave.
   */
  get expectedWait(): number {
    return this.departures > 0 ? (this.waiting.size * this.busyTime) / this.departures : 0;
  }

  /** How many calls may wait, if all have as many bytes as those that do. */
  get capacity(): number {
    const { maxCalls, maxBytes } = this.limits;
    return this.bytes > 0 ? Math.min(maxCalls, (maxBytes * this.size) / this.bytes) : maxCalls;
  }

  /**
   * Whether there is room for a call.
   *
   * @param leaving how many of those that wait are about to get a slot
   */
  fits({ size }: IncomingCall, leaving = 0): boolean {
    const { maxCalls, maxBytes } = this.limits;
    return (
      this.waiting.size < maxCalls + leaving &&
      (this.waiting.size === 0 || this.bytes + size <= maxBytes)
    );
  }

  add(call: IncomingCall): void {
    if (this.waiting.size === 0) {
      this.awaitedSince = call.arrivedAt;
    }
    this.waiting.add(call);
    this.bytes += call.size;
  }

  /** Takes out a call that has its slot now. @param now on the clock of `performance.now()` */
  depart(call: IncomingCall, now: number): void {
    this.measure(now);
    this.delete(call);
  }

  /** Takes out a call that will have no slot; false where it does not wait. */
  delete(call: IncomingCall): boolean {
    const isWaiting = this.waiting.delete(call);
    if (isWaiting) {
      this.bytes -= call.size;
    }
    return isWaiting;
  }

  /** Takes out all calls, oldest first. */
  clear(): IncomingCall[] {
    const calls = [...this.waiting];
    this.waiting.clear();
    this.bytes = 0;
    return calls;
  }

  /** Old departures lose their weight with time, not with number: one slow call does not count for long. */
  private measure(now: number): void {
    const elapsed = now - this.awaitedSince;
    const weight = 0.5 ** (elapsed / HALF_LIFE);
    this.busyTime = this.busyTime * weight + elapsed;
    this.departures = this.departures * weight + 1;
    this.awaitedSince = now;
  }
}
