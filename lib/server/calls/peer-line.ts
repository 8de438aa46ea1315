import { LinkedSet } from '../../calls/linked-set.js';
import type { IncomingCall } from './incoming-call.js';

/** The calls of one peer that wait for a slot, oldest first. */
export class PeerLine {
  private readonly calls = new LinkedSet<IncomingCall>();
  private length = 0;

  /** How many calls wait. */
  get size(): number {
    return this.calls.size;
  }

  /** Bytes of their payloads. */
  get bytes(): number {
    return this.length;
  }

  /** The oldest call, which stays; undefined where none waits. */
  get first(): IncomingCall | undefined {
    return this.calls.first;
  }

  /** All of them, oldest first. */
  all(): IncomingCall[] {
    return this.calls.all();
  }

  add(call: IncomingCall): void {
    this.calls.add(call);
    this.length += call.size;
  }

  /** Takes out a call; false where it does not wait here. */
  delete(call: IncomingCall): boolean {
    const isWaiting = this.calls.delete(call);
    if (isWaiting) {
      this.length -= call.size;
    }
    return isWaiting;
  }
}
