import type { Node } from '../../nodes/node.js';
import type { CallObserver } from '../../observe/call-observer.js';
import type { CallProblem, CallResult } from '../../observe/call-trace.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { Peer } from '../peers/peer.js';
import type { ResolvedServerOptions } from '../server-options.js';
import { CallDeadlines } from './call-deadlines.js';
import { CallQueue } from './call-queue.js';
import { CallTable } from './call-table.js';
import { ConcurrencyGate } from './concurrency-gate.js';
import type { ControlMessages } from './control-messages.js';
import { Credit } from './credit.js';
import type { IncomingCall } from './incoming-call.js';
import { Load } from './load.js';
import { LoopDelay } from './loop-delay.js';
import {
  CLOSING,
  LOOP_LATE,
  QUEUE_FULL,
  type Refusal,
  TOO_LATE,
  TOO_MANY,
  TOO_SHORT,
} from './refusal.js';
import type { RequestReceiverOwner } from './request-receiver.js';
import type { Responder } from './responder.js';
import { ServiceTimes } from './service-times.js';
import { StreamHeartbeat } from './stream-heartbeat.js';

/** What a {@link CallScheduler} works for. */
export interface CallSchedulerOwner {
  /** Whether it takes calls now; those that come while it does not are refused. */
  readonly takesCalls: boolean;
  /** Whether a node is about to close while others take calls: its requests are refused. */
  isLeaving(node: Node): boolean;
  /** A call is to be handled; it has its slot until `call.release()`. */
  handle(call: IncomingCall): void;
}

/**
 * Admits calls, has as many of them handled at once as `concurrency` allows, and keeps each within
 * its time. What cannot be begun in time is refused as early as that is known, so that the slots go
 * to calls whose callers still wait when they end.
 */
export class CallScheduler implements RequestReceiverOwner {
  private readonly calls = new CallTable();
  private readonly deadlines: CallDeadlines;
  private readonly heartbeat: StreamHeartbeat;
  private readonly queue: CallQueue;
  private readonly gate: ConcurrencyGate<IncomingCall>;
  private readonly credit: Credit;
  private readonly load = new Load();
  private readonly serviceTimes = new ServiceTimes();
  private readonly loopDelay: LoopDelay;

  constructor(
    private readonly options: ResolvedServerOptions,
    private readonly responder: Responder,
    control: ControlMessages,
    private readonly drops: DropCounter,
    private readonly observer: CallObserver,
    private readonly owner: CallSchedulerOwner,
  ) {
    const { timeout, heartbeat, concurrency, queue, maxLoopDelay } = options;
    this.deadlines = new CallDeadlines(timeout, this.calls, responder, drops);
    this.queue = new CallQueue(queue);
    const waiting = { isEmpty: () => this.queue.size === 0, take: () => this.next() };
    this.gate = new ConcurrencyGate(concurrency, waiting, (call) =>
      call.runInAsyncScope(() => this.start(call)),
    );
    this.credit = new Credit(this.calls, this.gate, this.queue);
    this.heartbeat = new StreamHeartbeat(heartbeat, this.calls, control, responder);
    this.loopDelay = new LoopDelay(maxLoopDelay);
  }

  /** How many requests wait or run. */
  get inFlight(): number {
    return this.calls.pendingRequests;
  }

  /** How many requests a client may have in flight; undefined where that has no limit. */
  creditOf(peer: Peer): number | undefined {
    return this.credit.of(peer);
  }

  /** What a client is told of the load of this server; undefined where it knows. */
  loadFor(peer: Peer): number | undefined {
    return this.load.for(peer);
  }

  admit(call: IncomingCall): boolean {
    this.load.arrived(this.calls.pendingRequests, call.arrivedAt);
    if (!this.calls.add(call)) {
      this.drops.add('request that is already running', () => call.method);
      return true;
    }
    this.observer.started(call);
    const { isFree } = this.gate;
    const refusal = this.refusalOf(call, isFree);
    if (refusal) {
      this.refuse(call, refusal);
    } else if (isFree) {
      this.gate.enter(call);
    } else {
      this.queue.add(call);
      this.deadlines.wait(call);
    }
    return refusal === undefined;
  }

  streaming(): void {
    this.heartbeat.start();
  }

  settled(call: IncomingCall, result: CallResult, problem: CallProblem | undefined): void {
    if (this.queue.delete(call)) {
      this.forget(call);
    }
    this.calls.settled(call);
    this.measure(call, result);
    this.observer.ended(call, result, problem);
  }

  released(call: IncomingCall): void {
    this.forget(call);
    this.gate.leave();
  }

  /**
   * Refuses the calls that wait, and ends those that run.
   *
   * @param timeout milliseconds that handlers have to respond before they are aborted; 0 means no limit
   */
  async drain(timeout: number): Promise<void> {
    for (const call of this.queue.clear()) {
      this.refuse(call, CLOSING);
    }
    await this.calls.allSettled(timeout);
    for (const call of this.calls.all()) {
      this.responder.failAndAbort(call, {
        message: 'the server was closed',
        context: {},
        code: 'CANCELLED',
      });
    }
  }

  /** Forgets the deadlines and the streams of all calls. */
  stop(): void {
    this.deadlines.stop();
    this.heartbeat.stop();
    this.loopDelay.stop();
  }

  /** Why a call that has just arrived is not taken; undefined where it is. */
  private refusalOf(call: IncomingCall, isFree: boolean): Refusal | undefined {
    const time = this.deadlines.callerTimeOf(call);
    const canGoElsewhere = call.kind === 'request' && call.isExtended;
    if (!this.owner.takesCalls || (canGoElsewhere && this.owner.isLeaving(call.peer.node))) {
      return CLOSING;
    }
    if (this.loopDelay.isTooLate(time, this.calls.size > 1)) {
      return LOOP_LATE;
    }
    if (this.isOverLimits) {
      return TOO_MANY;
    }
    if (isFree) {
      const least = this.serviceTimes.leastOf(call.method, call.arrivedAt);
      return time < least ? TOO_SHORT : undefined;
    }
    // Half of what is left beside its handler's time: neither is known exactly.
    const spare = (time - this.serviceTimes.of(call.method, call.arrivedAt)) / 2;
    if (this.queue.expectedWait(call.peer) > spare) {
      return TOO_LATE;
    }
    return this.makeRoom(call) ? undefined : QUEUE_FULL;
  }

  /** Whether too much waits and runs, with a call that was just added. One alone may be of any size. */
  private get isOverLimits(): boolean {
    const { maxCalls, maxCallBytes } = this.options.limits;
    const { size, bytes } = this.calls;
    return size > maxCalls || (size > 1 && bytes > maxCallBytes);
  }

  /** Whether the queue has room for a call, where need be that of calls of a peer with too many. */
  private makeRoom(call: IncomingCall): boolean {
    while (!this.queue.fits(call, this.gate.freeSlots)) {
      const other = this.queue.surplusFor(call);
      if (!other) {
        return false;
      }
      this.queue.delete(other);
      this.refuse(other, QUEUE_FULL);
    }
    return true;
  }

  /** Takes the next call out of the queue that can be begun in time, and refuses those before it. */
  private next(): IncomingCall | undefined {
    const now = performance.now();
    for (;;) {
      const call = this.queue.first;
      if (!call) {
        return undefined;
      }
      const left = call.arrivedAt + this.deadlines.callerTimeOf(call) - now;
      if (left <= 0) {
        this.deadlines.expire(call);
      } else if (left < this.serviceTimes.of(call.method, now)) {
        this.queue.delete(call);
        this.refuse(call, TOO_LATE);
      } else {
        this.queue.depart(call, now);
        return call;
      }
    }
  }

  private forget(call: IncomingCall): void {
    this.calls.delete(call);
    if (this.calls.size === 0) {
      this.loopDelay.allDone();
    }
  }

  /** Refuses a call that has no slot and does not wait for one. */
  private refuse(call: IncomingCall, refusal: Refusal): void {
    this.responder.refuse(call, refusal);
    this.forget(call);
  }

  /** Has a call handled that has its slot now. */
  private start(call: IncomingCall): void {
    if (call.id === undefined) {
      call.begin(0);
      this.owner.handle(call);
      return;
    }
    if (this.deadlines.begin(call, this.timeOf(call))) {
      this.owner.handle(call);
    } else {
      this.deadlines.expire(call);
      call.release();
    }
  }

  /** The time now; without a limit of `concurrency` nothing has waited since it arrived. */
  private timeOf({ arrivedAt }: IncomingCall): number {
    return this.options.concurrency > 0 ? performance.now() : arrivedAt;
  }

  /** Learns how long its handler took, where that may make a difference. */
  private measure({ begunAt, id, items, method }: IncomingCall, result: CallResult): void {
    const isTypical = result !== 'CANCELLED' && result !== 'UNIMPLEMENTED' && items === 0;
    if (this.options.concurrency > 0 && begunAt > 0 && id !== undefined && isTypical) {
      const now = performance.now();
      this.serviceTimes.add(method, now - begunAt, now, result === 'DEADLINE_EXCEEDED');
    }
  }
}
