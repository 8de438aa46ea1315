import type { IdMap } from '../protocol/id-map.js';
import type { IncomingCall } from './incoming-call.js';

/**
 * The calls whose handlers run, and which of them still owe an answer.
 *
 * They are linked by their own members: what comes and goes all the time is dear in a Set, whose old
 * tables keep what was in flight alive (see {@link IdMap}).
 */
export class RunningCalls {
  private latest: IncomingCall | undefined;
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
      call.isOwed = true;
      this.owed++;
    }
    call.older = this.latest;
    if (this.latest) {
      this.latest.younger = call;
    }
    this.latest = call;
    return true;
  }

  /** Forgets a call whose handler has ended. */
  delete(call: IncomingCall): void {
    const { id, peer, older, younger } = call;
    this.settle(call);
    if (id !== undefined) {
      peer.delete(id);
    }
    if (younger) {
      younger.older = older;
    } else if (this.latest === call) {
      this.latest = older;
    }
    if (older) {
      older.younger = younger;
    }
    call.older = undefined;
    call.younger = undefined;
  }

  /** Notes that a request was answered; false where it had been before. */
  settle(call: IncomingCall): boolean {
    if (!call.isOwed) {
      return false;
    }
    call.isOwed = false;
    if (--this.owed === 0) {
      for (const resolve of this.waiters.splice(0)) {
        resolve();
      }
    }
    return true;
  }

  /** Everything that runs, oldest first. */
  all(): IncomingCall[] {
    const calls: IncomingCall[] = [];
    for (let call = this.latest; call; call = call.older) {
      calls.push(call);
    }
    return calls.toReversed();
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
