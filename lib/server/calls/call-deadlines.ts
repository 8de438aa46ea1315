import { Deadlines } from '../../calls/deadlines.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { CallTable } from './call-table.js';
import type { IncomingCall } from './incoming-call.js';
import type { Responder } from './responder.js';

/** A longer timer, in milliseconds, would fire at once. */
const LONGEST_TIMER = 0x7fff_ffff;

/** The time of a caller that cannot say how long it waits, in milliseconds, as in the original. */
const BASE_TIMEOUT = 30_000;

/** To the byte what base peers know. */
const BASE_MESSAGE = 'method timed out';

/**
 * Keeps requests within the time that the server and the caller give them for the first value.
 *
 * Times are in milliseconds, on the clock of `performance.now()`; `Infinity` means no limit.
 */
export class CallDeadlines {
  private readonly deadlines: Deadlines<IncomingCall>;

  /** @param timeout the option of the server; 0 means no limit */
  constructor(
    private readonly timeout: number | undefined,
    calls: CallTable,
    private readonly responder: Responder,
    private readonly drops: DropCounter,
  ) {
    this.deadlines = new Deadlines(
      () => calls.all(),
      (call) => this.expire(call),
    );
  }

  /** How long a call may take from its arrival, as its caller says. */
  callerTimeOf(call: IncomingCall): number {
    const { callerTimeout, isExtended, id } = call;
    if (callerTimeout > 0) {
      return callerTimeout > LONGEST_TIMER ? Infinity : callerTimeout;
    }
    return isExtended || id === undefined ? Infinity : this.handlerTimeOf(call);
  }

  /** Limits the time that a request waits for its slot. */
  wait(call: IncomingCall): void {
    const time = this.callerTimeOf(call);
    if (time < Infinity) {
      call.wait(call.arrivedAt + time);
      this.deadlines.watch(call);
    }
  }

  /** Begins a request and limits its time; false where that is up already. */
  begin(call: IncomingCall, now: number): boolean {
    const left = call.arrivedAt + this.callerTimeOf(call) - now;
    if (left <= 0) {
      return false;
    }
    const ours = this.handlerTimeOf(call);
    const time = call.callerTimeout > 0 ? Math.min(left, ours) : ours;
    call.begin(time < Infinity ? now + time : 0, now);
    if (call.dueAt > 0) {
      this.deadlines.watch(call);
    }
    return true;
  }

  /** Responds to a request whose time is up with an error, and aborts its handler. */
  expire(call: IncomingCall): void {
    if (call.begunAt === 0) {
      this.drops.add('request whose time was up', () => call.method);
    }
    const ours = this.handlerTimeOf(call);
    const theirs = this.callerTimeOf(call);
    this.responder.failAndAbort(call, {
      message: call.isExtended ? timedOut(ours, theirs) : BASE_MESSAGE,
      context: { timeout: Math.min(ours, theirs) / 1000 },
      code: 'DEADLINE_EXCEEDED',
    });
  }

  /** Forgets all requests. */
  stop(): void {
    this.deadlines.stop();
  }

  /** How long a handler may take. */
  private handlerTimeOf({ callerTimeout, isExtended }: IncomingCall): number {
    if (this.timeout === undefined) {
      return isExtended || callerTimeout > 0 ? Infinity : BASE_TIMEOUT;
    }
    return this.timeout || Infinity;
  }
}

/** Says which option was the shorter one. */
function timedOut(ours: number, theirs: number): string {
  return ours <= theirs
    ? `method timed out after ${ours} ms (option timeout of the server)`
    : `method timed out after ${theirs} ms (option timeout of the client)`;
}
