import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { ClientLimits } from '../client-options.js';
import type { OutgoingCall } from './outgoing-call.js';

/** The calls and events that no link has taken yet, in order, within bounds. */
export class UnsentCalls {
  private readonly waiting = new Map<string, Set<OutgoingCall>>();
  private calls = 0;
  private bytes = 0;
  /** The addresses whose calls are about to be tried again. */
  private readonly retries = new Set<string>();

  /** @param dispatch gives a call to a link; false where none takes it */
  constructor(
    private readonly limits: ClientLimits,
    private readonly dispatch: (call: OutgoingCall) => boolean,
  ) {}

  get size(): number {
    return this.calls;
  }

  /** Adds a call; it fails with `RESOURCE_EXHAUSTED` when too much waits already. */
  add(call: OutgoingCall): void {
    if (call.abandoned) {
      return;
    }
    const { maxMessages, maxBytes } = this.limits;
    const bytes = this.bytes + call.size;
    if (this.calls >= maxMessages || bytes > Math.max(maxBytes, call.size)) {
      call.fail(
        new RemoteCallError(
          'too much waits for a link (options limits.maxMessages and limits.maxBytes)',
          { calls: this.calls, bytes: this.bytes },
          { code: 'RESOURCE_EXHAUSTED' },
        ),
      );
      return;
    }
    call.wait();
    const key = keyOf(call.address);
    const calls = this.waiting.get(key) ?? new Set<OutgoingCall>();
    this.waiting.set(key, calls.add(call));
    this.calls++;
    this.bytes = bytes;
  }

  /** Whether calls to an address wait. */
  has(address: Buffer): boolean {
    return this.calls > 0 && this.waiting.has(keyOf(address));
  }

  delete(call: OutgoingCall): void {
    const key = keyOf(call.address);
    const calls = this.waiting.get(key);
    if (calls?.delete(call)) {
      this.calls--;
      this.bytes -= call.size;
      if (calls.size === 0) {
        this.waiting.delete(key);
      }
    }
  }

  /** All that wait, in the order in which they were made. They stay here. */
  all(): OutgoingCall[] {
    return [...this.waiting.values()]
      .flatMap((calls) => [...calls])
      .toSorted((one, other) => one.sequence - other.sequence);
  }

  /** A server may have room now: at the end of the tick, calls to its address are tried again. */
  retry(address: Buffer): void {
    if (this.has(address)) {
      if (this.retries.size === 0) {
        process.nextTick(this.retryAll);
      }
      this.retries.add(keyOf(address));
    }
  }

  private readonly retryAll = (): void => {
    const keys = [...this.retries];
    this.retries.clear();
    for (const key of keys) {
      for (const call of this.waiting.get(key) ?? []) {
        if (!this.dispatch(call) && call.affinity === undefined) {
          break; // None takes those behind it either.
        }
      }
    }
  };
}

function keyOf(address: Buffer): string {
  return address.toString('latin1');
}
