import { AsyncResource } from 'node:async_hooks';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { ObservedCall } from '../../observe/call-observer.js';
import type { CallProblem, CallResult, CallTrace } from '../../observe/call-trace.js';
import type { RequestId } from '../../protocol/message.js';
import type { Timed } from '../../calls/deadlines.js';
import type { Linked } from '../../calls/linked-list.js';
import type { Peer } from '../peers/peer.js';
import { CallSignal } from './call-signal.js';

/**
 * Whether the call has its result: for a request, that is when its response is sent.
 *
 * ```text
 *    pending ──────────▶ settled
 *       │     settle()      │
 *       │ cancel()          │ cancel()
 *       └──▶ cancelled ◀────┘
 * ```
 *
 * Responses that are still queued for a cancelled call are not sent.
 */
type ResultState = 'pending' | 'settled' | 'cancelled';

/**
 * Where the handler stands, which runs on after a timeout.
 *
 * ```text
 *    waiting ─────────▶ running
 *       │     begin()      │
 *       │ release()        │ release()
 *       └──▶ released ◀────┘
 * ```
 */
type HandlerState = 'waiting' | 'running' | 'released';

/** What takes the ends of a call. */
export interface CallOwner {
  /** The first of several values was sent. */
  streaming(call: IncomingCall): void;
  /** It has its result. @param problem why, where it failed */
  settled(call: IncomingCall, result: CallResult, problem: CallProblem | undefined): void;
  /** Its handler has really ended, and needs its slot no more. */
  released(call: IncomingCall): void;
}

let arrived = 0;

/** What the calls of one message have in common. */
export interface Arrival {
  readonly peer: Peer<IncomingCall>;
  /** Whether a header came with it, so that the extension may be used to respond. */
  readonly isExtended: boolean;
  /** When, on the clock of `performance.now()`. */
  readonly at: number;
  /** About how many bytes came with each call. */
  readonly size: number;
}

/**
 * A request or an event from its arrival to the end of its handler.
 *
 * Its state has two parts, since either may end first: a handler runs on after a timeout, and a
 * response may be cancelled after its handler has ended. Only the call itself writes them.
 *
 * It is an async context of its own: who runs what belongs to a call, be it from a timer, a message or
 * the end of another call, does so by `runInAsyncScope`.
 */
export class IncomingCall
  extends AsyncResource
  implements Timed, ObservedCall, Linked<IncomingCall>
{
  /** In which order they arrived: unique among those that run. */
  readonly sequence = arrived++ >>> 0;
  previous: IncomingCall | undefined = undefined;
  next: IncomingCall | undefined = undefined;
  private result: ResultState = 'pending';
  private handler: HandlerState = 'waiting';
  private run: { abort(): void } | undefined;
  private sentItems = 0;
  private endsAt = 0;
  private due = 0;
  private startedAt = 0;
  /** Made when a handler first asks: most never do. */
  private askedSignal: CallSignal | undefined;
  private reason: RemoteCallError | undefined;

  /**
   * @param id of a request; undefined for an event
   * @param callerTimeout milliseconds that its caller waits for the first value; 0 means no limit
   * @param trace publishes it; undefined where nobody subscribes
   */
  constructor(
    private readonly arrival: Arrival,
    readonly id: RequestId | undefined,
    readonly method: string,
    readonly args: readonly unknown[],
    readonly metadata: Record<string, string> | undefined,
    readonly callerTimeout: number,
    private readonly owner: CallOwner,
    readonly trace?: CallTrace,
  ) {
    super('RemoteIncomingCall');
  }

  /** Who calls. */
  get peer(): Peer<IncomingCall> {
    return this.arrival.peer;
  }

  /** Whether a header came with it, so that the extension may be used to respond. */
  get isExtended(): boolean {
    return this.arrival.isExtended;
  }

  /** When it arrived, on the clock of `performance.now()`. */
  get arrivedAt(): number {
    return this.arrival.at;
  }

  /** About how many bytes came with it. */
  get size(): number {
    return this.arrival.size;
  }

  get madeAt(): number {
    return this.arrival.at;
  }

  get kind(): 'request' | 'event' {
    return this.id === undefined ? 'event' : 'request';
  }

  /** Whether it has no result yet. */
  get isPending(): boolean {
    return this.result === 'pending';
  }

  /** Whether its caller is gone, or wants no response any more. */
  get isCancelled(): boolean {
    return this.result === 'cancelled';
  }

  /** Whether values were sent, and the response was not. */
  get isStreaming(): boolean {
    return this.sentItems > 0 && this.isPending;
  }

  /** When its first value is due, on the clock of `performance.now()`; 0 where that has no limit now. */
  get dueAt(): number {
    return this.due;
  }

  /** When its handler was called, on the clock of `performance.now()`; 0 where that was not. */
  get begunAt(): number {
    return this.startedAt;
  }

  /** How many values were sent before the response. */
  get items(): number {
    return this.sentItems;
  }

  /** When its time is up, even if its values have begun; undefined where it has no limit. Never too early. */
  get deadline(): Date | undefined {
    // As the clock says now: it may have been set since the process began. It says whole milliseconds
    // that have passed, so those that are left are rounded up.
    const left = Math.ceil(this.endsAt - performance.now());
    return this.endsAt > 0 ? new Date(Date.now() + left) : undefined;
  }

  /** Aborts with the call. */
  get signal(): AbortSignal {
    if (!this.askedSignal) {
      this.askedSignal = new CallSignal();
      if (this.reason) {
        this.askedSignal.abort(this.reason);
      }
    }
    return this.askedSignal.signal;
  }

  /**
   * It waits for its slot.
   *
   * @param dueAt until when it may, on the clock of `performance.now()`; 0 means without limit
   */
  wait(dueAt: number): void {
    this.due = dueAt;
  }

  /**
   * Its handler is about to be called.
   *
   * @param endsAt when its time is up, on the clock of `performance.now()`; 0 means never
   * @param now on the same clock
   */
  begin(endsAt: number, now = this.arrivedAt): void {
    this.handler = 'running';
    this.startedAt = now;
    this.endsAt = this.due = endsAt;
  }

  /** Its handler runs. @param run is aborted with the call */
  handledBy(run: { abort(): void }): void {
    this.run = run;
  }

  /** Its first value has come, which its timeout was for. */
  stopTimeout(): void {
    this.due = 0;
  }

  /** One of several values was sent. */
  itemSent(): void {
    if (this.sentItems++ === 0) {
      this.owner.streaming(this);
    }
  }

  /** A value that was sent could not be handed over. */
  itemLost(): void {
    this.sentItems--;
  }

  /** Gives it its result; false where it has one. @param problem why, where it failed */
  settle(result: CallResult, problem?: CallProblem): boolean {
    if (this.result !== 'pending') {
      return false;
    }
    this.result = 'settled';
    this.due = 0;
    this.owner.settled(this, result, problem);
    return true;
  }

  /** Ends it without a response, and aborts its handler. */
  cancel(reason: RemoteCallError): void {
    this.settle('CANCELLED', reason);
    this.result = 'cancelled';
    this.abort(reason);
  }

  /** Aborts its handler: its signal, and the subscription of its Observable. */
  abort(reason: RemoteCallError): void {
    this.reason ??= reason;
    this.askedSignal?.abort(this.reason);
    this.run?.abort();
  }

  /** Gives its slot back, once. */
  release(): void {
    if (this.handler !== 'released') {
      this.handler = 'released';
      // Where it has no result by now, nothing will give it one.
      this.settle('CANCELLED');
      this.owner.released(this);
    }
  }
}
