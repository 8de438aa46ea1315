import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { ClientLimits } from '../client-options.js';
import type { OutgoingCall } from './outgoing-call.js';

/** The calls and events that no link has taken yet, in order, within bounds. */
export class UnsentCalls {
  private readonly waiting = new Set<OutgoingCall>();
  private bytes = 0;

  constructor(private readonly limits: ClientLimits) {}

  get size(): number {
    return this.waiting.size;
  }

  /** Adds a call; it fails with `RESOURCE_EXHAUSTED` when too much waits already. */
  add(call: OutgoingCall): void {
    if (call.abandoned) {
      return;
    }
    const { maxMessages, maxBytes } = this.limits;
    const bytes = this.bytes + call.size;
    if (this.waiting.size >= maxMessages || bytes > Math.max(maxBytes, call.size)) {
      call.fail(
        new RemoteCallError(
          'too much waits for a link (options limits.maxMessages and limits.maxBytes)',
          { calls: this.waiting.size, bytes: this.bytes },
          { code: 'RESOURCE_EXHAUSTED' },
        ),
      );
      return;
    }
    call.wait();
    this.waiting.add(call);
    this.bytes = bytes;
  }

  delete(call: OutgoingCall): void {
    if (this.waiting.delete(call)) {
      this.bytes -= call.size;
    }
  }

  /** All that wait, in order. They stay here. */
  all(): OutgoingCall[] {
    return [...this.waiting];
  }
}
