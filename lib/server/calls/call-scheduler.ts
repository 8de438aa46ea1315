import type { CallObserver, CallResult } from '../../observe/call-observer.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { Node } from '../../nodes/node.js';
import type { MessageWriter } from '../../protocol/message-writer.js';
import type { ResolvedServerOptions } from '../server-options.js';
import { CallDeadlines } from './call-deadlines.js';
import { CallTable } from './call-table.js';
import { ConcurrencyGate, type GateLevel } from './concurrency-gate.js';
import type { IncomingCall } from './incoming-call.js';
import type { RequestReceiverOwner } from './request-receiver.js';
import type { Responder } from './responder.js';
import { StreamHeartbeat } from './stream-heartbeat.js';

/** What a {@link CallScheduler} works for. */
export interface CallSchedulerOwner {
  /** Whether it takes calls now; those that come while it does not are refused. */
  readonly takesCalls: boolean;
  readonly observer: CallObserver;
  /** A call is to be handled; it has its slot until `call.release()`. */
  handle(call: IncomingCall): void;
}

/**
 * Admits calls, has as many of them handled at once as `concurrency` allows, and keeps each within
 * its time.
 */
export class CallScheduler implements RequestReceiverOwner {
  private readonly calls = new CallTable();
  private readonly deadlines: CallDeadlines;
  private readonly heartbeat: StreamHeartbeat;
  private readonly gate: ConcurrencyGate<IncomingCall>;

  /** @param nodes that the calls come by, which are paused while too many wait */
  constructor(
    private readonly options: ResolvedServerOptions,
    private readonly nodes: readonly Node[],
    private readonly responder: Responder,
    writer: MessageWriter,
    private readonly drops: DropCounter,
    private readonly owner: CallSchedulerOwner,
  ) {
    this.deadlines = new CallDeadlines(options.timeout, this.calls, responder);
    this.heartbeat = new StreamHeartbeat(options.heartbeat, this.calls, writer, responder);
    this.gate = new ConcurrencyGate(
      options.concurrency,
      (call) => call.runInAsyncScope(() => this.start(call)),
      (level) => this.limitIntake(level),
    );
  }

  /** Pauses nodes that have just been opened where too many calls wait. */
  resume(): void {
    this.gate.refresh();
  }

  admit(call: IncomingCall): void {
    if (!this.calls.add(call)) {
      this.drops.add('request that is already running', () => call.method);
      return;
    }
    call.runInAsyncScope(() => this.owner.observer.started(call));
    if (this.owner.takesCalls) {
      this.gate.enter(call);
    } else {
      this.refuse(call);
    }
  }

  streaming(): void {
    this.heartbeat.start();
  }

  settled(call: IncomingCall, result: CallResult): void {
    this.calls.settled(call);
    call.runInAsyncScope(() => this.owner.observer.ended(call, result));
  }

  released(call: IncomingCall): void {
    this.calls.delete(call);
    this.gate.leave();
  }

  /**
   * Refuses the calls that wait, and ends those that run.
   *
   * @param timeout milliseconds that handlers have to respond before they are aborted; 0 means no limit
   */
  async drain(timeout: number): Promise<void> {
    for (const call of this.gate.clear()) {
      this.refuse(call);
    }
    // What waits in the sockets is refused as it comes.
    this.nodes.forEach((node) => node.resume());
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
  }

  /** Refuses a call that has no slot. */
  private refuse(call: IncomingCall): void {
    this.responder.refuse(call);
    this.calls.delete(call);
  }

  /** Has a call handled that has its slot now. */
  private start(call: IncomingCall): void {
    if (!call.isPending) {
      // Its caller cancelled it while it waited for its slot.
      call.release();
    } else if (!this.owner.takesCalls) {
      this.responder.refuse(call);
      call.release();
    } else if (call.id === undefined) {
      call.begin(0);
      this.owner.handle(call);
    } else if (this.deadlines.begin(call, this.timeOf(call))) {
      this.owner.handle(call);
    } else {
      this.drops.add('request whose time was up', () => call.method);
      this.deadlines.expire(call);
      call.release();
    }
  }

  /** The time now; without a limit of `concurrency` nothing has waited since it arrived. */
  private timeOf({ arrivedAt }: IncomingCall): number {
    return this.options.concurrency > 0 ? performance.now() : arrivedAt;
  }

  /**
   * Lets what arrives wait outside. Ordered nodes are read ahead of the limit, since a caller may
   * cancel the calls that hold the slots; others have no order, and a queue of their own.
   */
  private limitIntake(level: GateLevel): void {
    for (const node of this.nodes) {
      if (level === 'crowded' || (level === 'full' && !node.capabilities.ordered)) {
        node.pause();
      } else {
        node.resume();
      }
    }
  }
}
