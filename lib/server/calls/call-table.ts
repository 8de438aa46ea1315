import { IdMap } from '../../calls/id-map.js';
import type { IncomingCall } from './incoming-call.js';

/** The calls whose handlers run, and which of them still owe an answer. */
export class CallTable {
  private readonly running = new IdMap<IncomingCall>();
  /** How many requests were not answered yet. */
  private owed = 0;
  private waiters: (() => void)[] = [];

  /** Takes a call up; false where a request with the same key runs already. */
  add(call: IncomingCall): boolean {
    const { id, peer } = call;
    if (id !== undefined) {
      if (!peer.add(call, id)) {
        return false;
      }
      call.awaitsResponse = true;
      this.owed++;
    }
    this.running.set(call.sequence, call);
    return true;
  }

  /** Forgets a call whose handler has ended. */
  delete(call: IncomingCall): void {
    this.settle(call);
    if (this.running.delete(call.sequence) && call.id !== undefined) {
      call.peer.delete(call.id);
    }
  }

  /** Notes that a request was answered; false where it had been before. */
  settle(call: IncomingCall): boolean {
    if (!call.awaitsResponse) {
      return false;
    }
    call.awaitsResponse = false;
    call.dueAt = 0;
    if (--this.owed === 0) {
      for (const resolve of this.waiters.splice(0)) {
        resolve();
      }
    }
    return true;
  }

  /** Everything that runs, oldest first. */
  all(): IncomingCall[] {
    return this.running.values().toSorted((one, other) => one.sequence - other.sequence);
  }

  /** Resolves when no answer is owed, or after `timeout` milliseconds; 0 means no limit. */
  allSettled(timeout: number): Promise<void> {
    if (this.owed === 0) {
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
