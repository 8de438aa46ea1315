import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { RequestId } from '../../protocol/message.js';
import type { Timed } from '../../calls/deadlines.js';
import type { Peer } from '../peers/peer.js';

/** Whoever keeps account of a running call. */
export interface CallOwner {
  /** Its handler has really ended. */
  released(call: IncomingCall): void;
}

let arrived = 0;

/** A request or an event from its arrival to the end of its handler. */
export class IncomingCall implements Timed {
  /** In which order they arrived: unique among those that run. */
  readonly sequence = arrived++ >>> 0;
  /** Whether a request still waits for its answer. */
  awaitsResponse = false;
  /** Whether its caller is gone, or said that it no longer wants the answer. */
  isCancelled = false;
  /** How many values were sent before the answer. */
  items = 0;
  dueAt = 0;
  /** When its time is up, on the clock of `performance.now()`, even if it has begun; 0 means never. */
  endsAt = 0;
  /** What is to be ended when nobody waits for the answer any more. */
  run: { abort(): void } | undefined;
  private isReleased = false;
  private controller: AbortController | undefined;
  private reason: RemoteCallError | undefined;

  /**
   * @param id of a request; undefined for an event
   * @param isExtended whether a header came with it, so that the extension may be used to answer
   * @param callerTimeout milliseconds that its caller waits for the first value; 0 means no limit
   * @param arrivedAt on the clock of `performance.now()`
   */
  constructor(
    readonly peer: Peer,
    readonly id: RequestId | undefined,
    readonly method: string,
    readonly args: readonly unknown[],
    readonly metadata: Record<string, string> | undefined,
    readonly isExtended: boolean,
    readonly callerTimeout: number,
    readonly arrivedAt: number,
    private readonly owner: CallOwner,
  ) {}

  /** When its time is up; undefined where it has no limit. */
  get deadline(): Date | undefined {
    return this.endsAt > 0 ? new Date(performance.timeOrigin + this.endsAt) : undefined;
  }

  /** Made when a handler first asks: most never do. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.reason) {
        this.controller.abort(this.reason);
      }
    }
    return this.controller.signal;
  }

  /** Tells the handler that it is over: aborts its signal and unsubscribes its Observable. */
  abort(reason: RemoteCallError): void {
    this.reason ??= reason;
    this.controller?.abort(this.reason);
    this.run?.abort();
  }

  /** Gives its slot back, once. */
  release(): void {
    if (!this.isReleased) {
      this.isReleased = true;
      this.owner.released(this);
    }
  }
}
