import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { OutgoingCall } from './outgoing-call.js';

/** How many calls and events may wait for a link, and how many bytes. */
const MAX_WAITING = 65_536;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** The calls and events that no link has taken yet, in order, within bounds. */
export class UnsentCalls {
  private readonly waiting = new Set<OutgoingCall>();
  private bytes = 0;

  get size(): number {
    return this.waiting.size;
  }

  has(pending: OutgoingCall): boolean {
    return this.waiting.has(pending);
  }

  /** Lets it wait; it fails with `RESOURCE_EXHAUSTED` when too much waits already. */
  add(pending: OutgoingCall): void {
    if (pending.abandoned) {
      return;
    }
    const bytes = this.bytes + pending.size;
    if (this.waiting.size >= MAX_WAITING || bytes > Math.max(MAX_WAITING_BYTES, pending.size)) {
      pending.fail(
        new RemoteCallError(
          'too much waits for a link',
          { calls: this.waiting.size, bytes: this.bytes },
          { code: 'RESOURCE_EXHAUSTED' },
        ),
      );
      return;
    }
    pending.link = undefined;
    this.waiting.add(pending);
    this.bytes = bytes;
  }

  delete(pending: OutgoingCall): void {
    if (this.waiting.delete(pending)) {
      this.bytes -= pending.size;
    }
  }

  /** All that wait, in order; they go on waiting. */
  all(): OutgoingCall[] {
    return [...this.waiting];
  }
}
