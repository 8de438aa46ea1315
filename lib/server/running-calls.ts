import type { Node } from '../nodes/node.js';
import type { IncomingCall } from './incoming-call.js';

/**
 * The calls whose handlers run, by socket, sender, address frame and id, and which of them still
 * owe an answer.
 */
export class RunningCalls {
  private readonly byNode = new Map<Node, Map<string, Map<number | string, IncomingCall>>>();
  private readonly events = new Set<IncomingCall>();
  /** Requests that were not answered yet. */
  private readonly owed = new Set<IncomingCall>();
  private waiters: (() => void)[] = [];

  /** Takes a call up; false where one with the same key runs already. */
  add(call: IncomingCall): boolean {
    if (call.id === undefined) {
      this.events.add(call);
      return true;
    }
    const { node } = call.origin;
    let senders = this.byNode.get(node);
    if (!senders) {
      senders = new Map();
      this.byNode.set(node, senders);
    }
    const key = senderKey(call);
    let calls = senders.get(key);
    if (!calls) {
      calls = new Map();
      senders.set(key, calls);
    }
    const id = idKey(call);
    if (calls.has(id)) {
      return false;
    }
    calls.set(id, call);
    this.owed.add(call);
    return true;
  }

  /** Forgets a call whose handler has ended. */
  delete(call: IncomingCall): void {
    this.settle(call);
    if (call.id === undefined) {
      this.events.delete(call);
      return;
    }
    const senders = this.byNode.get(call.origin.node);
    const key = senderKey(call);
    const calls = senders?.get(key);
    if (calls?.get(idKey(call)) === call) {
      calls.delete(idKey(call));
      if (calls.size === 0) {
        senders?.delete(key);
      }
    }
  }

  /** Notes that a request was answered; false where it had been before. */
  settle(call: IncomingCall): boolean {
    const wasOwed = this.owed.delete(call);
    if (wasOwed && this.owed.size === 0) {
      for (const resolve of this.waiters.splice(0)) {
        resolve();
      }
    }
    return wasOwed;
  }

  /** Whether somebody still wants it to run: an event always, a request until it was answered. */
  isOwed(call: IncomingCall): boolean {
    return call.id === undefined || this.owed.has(call);
  }

  /** The requests of one peer that run, by whichever address frame. */
  *of(node: Node, sender: Buffer): Iterable<IncomingCall> {
    const prefix = senderPrefix(sender);
    for (const [key, calls] of this.byNode.get(node) ?? []) {
      if (key.startsWith(prefix)) {
        yield* [...calls.values()];
      }
    }
  }

  /** Everything that runs. */
  all(): IncomingCall[] {
    const requests = [...this.byNode.values()].flatMap((senders) =>
      [...senders.values()].flatMap((calls) => [...calls.values()]),
    );
    return [...requests, ...this.events];
  }

  /** Resolves when no answer is owed, or after `timeout` milliseconds; 0 means no limit. */
  allSettled(timeout: number): Promise<void> {
    if (this.owed.size === 0) {
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

function senderKey({ origin }: IncomingCall): string {
  const { sender, returnAddress } = origin;
  return `${senderPrefix(sender)}${returnAddress?.toString('latin1') ?? ''}`;
}

/** With its length, since an identity may have any byte in it. */
function senderPrefix(sender: Buffer): string {
  return `${sender.length}:${sender.toString('latin1')}`;
}

function idKey({ id }: IncomingCall): number | string {
  return typeof id === 'object' ? Buffer.from(id.bytes).toString('latin1') : (id as number);
}
