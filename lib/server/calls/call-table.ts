import { LinkedList } from '../../calls/linked-list.js';
import type { IncomingCall } from './incoming-call.js';

/** The calls that were admitted and whose handlers have not ended. */
export class CallTable {
  private readonly calls = new LinkedList<IncomingCall>();
  private pending = 0;
  private payloads = 0;
  private senders = 0;
  private waiters: (() => void)[] = [];

  /** How many requests have no response yet. */
  get pendingRequests(): number {
    return this.pending;
  }

  /** How many bytes came with the calls. */
  get bytes(): number {
    return this.payloads;
  }

  /** How many peers have requests here. */
  get peers(): number {
    return this.senders;
  }

  /** Adds a call; false where a request of the same peer and id runs already. */
  add(call: IncomingCall): boolean {
    const { id, peer } = call;
    if (id !== undefined) {
      if (!peer.requests.add(id, call)) {
        return false;
      }
      this.pending++;
      if (peer.requests.size === 1) {
        this.senders++;
      }
    }
    this.calls.push(call);
    this.payloads += call.size;
    return true;
  }

  /** Removes a call that will not be handled any more. */
  delete(call: IncomingCall): void {
    if (!this.calls.delete(call)) {
      return;
    }
    const { id, peer, size } = call;
    this.payloads -= size;
    if (id !== undefined) {
      peer.requests.delete(id);
      if (!peer.isBusy) {
        this.senders--;
      }
    }
  }

  /** Counts a call that has its result now. */
  settled({ id }: IncomingCall): void {
    if (id !== undefined && --this.pending === 0) {
      for (const resolve of this.waiters.splice(0)) {
        resolve();
      }
    }
  }

  get size(): number {
    return this.calls.size;
  }

  /** The calls whose values have begun, and not ended. */
  streaming(): IncomingCall[] {
    return this.all().filter(({ isStreaming }) => isStreaming);
  }

  /** All calls, oldest first. */
  all(): IncomingCall[] {
    return this.calls.all();
  }

  /** Resolves when every request has its response, or after `timeout` milliseconds; 0 means no limit. */
  allSettled(timeout: number): Promise<void> {
    if (this.pending === 0) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = timeout > 0 ? setTimeout(resolve, timeout) : undefined;
      this.waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
