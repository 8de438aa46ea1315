import { Deadlines } from '../../calls/deadlines.js';
import type { Responder } from './responder.js';
import type { IncomingCall } from './incoming-call.js';
import type { CallTable } from './call-table.js';

/** A longer timer, in milliseconds, would fire at once. */
const LONGEST_TIMER = 0x7fff_ffff;

/** Keeps requests within the time that the server and the caller give them for the first value. */
export class CallDeadlines {
  private readonly deadlines: Deadlines<IncomingCall>;

  /** @param timeout of the server in milliseconds, from the handler's start; 0 means none */
  constructor(
    private readonly timeout: number,
    calls: CallTable,
    private readonly responder: Responder,
  ) {
    this.deadlines = new Deadlines(
      () => calls.values(),
      (call) => this.expire(call),
    );
  }

  /** Begins a request and limits its time; false where that is up already. */
  begin(call: IncomingCall, now: number): boolean {
    const { callerTimeout } = call;
    const left = callerTimeout - (now - call.arrivedAt);
    if (callerTimeout > 0 && left <= 0) {
      return false;
    }
    const timeout = shorter(this.timeout, callerTimeout > 0 ? left : 0);
    if (timeout > 0) {
      call.begin(now + timeout);
      this.deadlines.watch(call);
    } else {
      call.begin(0);
    }
    return true;
  }

  /** Responds to a request whose time is up with an error, and aborts its handler. */
  expire(call: IncomingCall): void {
    const timeout = shorter(this.timeout, call.callerTimeout) / 1000;
    this.responder.failAndAbort(call, {
      message: 'method timed out',
      context: { timeout },
      code: 'DEADLINE_EXCEEDED',
    });
  }

  /** Forgets all requests. */
  stop(): void {
    this.deadlines.stop();
  }
}

/** The shorter of two times, where 0 means none. */
function shorter(ours: number, theirs: number): number {
  return theirs === 0 || theirs > LONGEST_TIMER ? ours : Math.min(ours || theirs, theirs);
}
