import { AsyncResource } from 'node:async_hooks';
import type { Slice } from '../../cbor/slice.js';
import type { Timed } from '../../calls/deadlines.js';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { OutgoingMessage } from '../../nodes/node.js';
import type { ObservedCall } from '../../observe/call-observer.js';
import type { CallProblem, CallResult, CallTrace } from '../../observe/call-trace.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { CallTarget } from '../balancing/balancer.js';
import type { Link } from '../links/link.js';
import type { LinkRoute } from '../links/link-route.js';

/**
 * The state of a call. Only the call itself changes it.
 *
 * ```text
 *             assign()            sent()          item()
 *   waiting ───────────▶ queued ─────────▶ sent ─────────▶ streaming
 *      ▲                 │ ▲  │                              ▲
 *      └──── wait() ─────┘ │  └──────────── item() ──────────┘
 *                 assign() ┘
 *             refused by its server, assign() of another link
 *        queued ◀───────────────────────── sent
 *             its server is lost or closing, wait() for another
 *        waiting ◀──────────────────────── sent
 * ```
 *
 * - `waiting`: no link has taken it.
 * - `queued`: it is in the send queue of its link.
 * - `sent`: it was handed to the transport of its link.
 * - `streaming`: the first of several values has come.
 *
 * It ends in one of three states, each from any of the states in brackets:
 *
 * - `completed` [any]: the response of a request has come; an event was handed over.
 * - `withdrawn` [waiting, queued]: it ended here before it was sent. The send queue skips it.
 * - `aborted` [sent, streaming]: it ended here without its response.
 *
 * A transport reports a send after it began. So a response can be there before `sent()`, and a
 * withdrawn call can still be sent.
 */
export type CallState =
  | 'waiting'
  | 'queued'
  | 'sent'
  | 'streaming'
  | 'completed'
  | 'withdrawn'
  | 'aborted';

/** Decides where calls go next whose links did not get them through. */
export interface CallFailover {
  /** The call could not be handed to its link, and has not ended. */
  undelivered(call: OutgoingCall, error: RemoteCallError): void;
}

/** The owner of a call, which it reports to. */
export interface OutgoingCallOwner {
  readonly dispatcher: CallFailover;
  /** The call was handed to the transport of its link. */
  handedOver(call: OutgoingCall): void;
  /** The call has ended. @param problem why, where it failed for another reason than being cancelled */
  settled(call: OutgoingCall, result: CallResult, problem: CallProblem | undefined): void;
  /**
   * The same envelope with its attachments in it, for a peer that takes no frames of them.
   *
   * @param id the id of the request, where it gets another
   */
  withoutAttachments(envelope: Envelope, id?: number): Envelope;
}

const NOBODY: readonly Link[] = [];

let made = 0;

/** The sequence of the call that is made next. */
export function nextSequence(): number {
  return made >>> 0;
}

/** Calls in the order in which they were made. */
export function oldestFirst<Call extends OutgoingCall>(calls: readonly Call[]): Call[] {
  return calls.toSorted((one, other) => one.sequence - other.sequence);
}

/**
 * A request or an event, from the moment it is made until it has ended.
 *
 * It keeps the async context of its caller, in which its sink is called whatever the answer comes by.
 */
export abstract class OutgoingCall<Owner extends OutgoingCallOwner = OutgoingCallOwner>
  extends AsyncResource
  implements OutgoingMessage, Timed, CallTarget, ObservedCall
{
  abstract readonly kind: 'request' | 'event';
  dueAt = 0;
  /** When it was made, on the clock of `performance.now()`; 0 where nobody asks. */
  madeAt = 0;
  trace: CallTrace | undefined = undefined;
  affinity: string | undefined = undefined;
  /** The order in which calls are made: unique among those that have not ended. */
  readonly sequence = made++ >>> 0;
  /** How many messages the link had received when this was sent. */
  receivedBefore = 0;
  /** Bytes of the envelope as it was prepared. */
  size = 0;
  private current: CallState = 'waiting';
  private assignedLink: Link | undefined;
  private assignedRoute: LinkRoute | undefined;
  protected envelope!: Envelope;

  /**
   * @param address the receiver: the service behind a router, `-` for a direct server, the topic on
   *   PUB
   * @param timeout milliseconds it has; 0 means no limit
   */
  constructor(
    readonly method: string,
    readonly address: Buffer,
    readonly timeout: number,
    protected readonly owner: Owner,
  ) {
    super('RemoteOutgoingCall');
    if (timeout > 0) {
      this.dueAt = performance.now() + timeout;
    }
  }

  get state(): CallState {
    return this.current;
  }

  /** The link that has taken it; undefined while it waits for one. */
  get link(): Link | undefined {
    return this.assignedLink;
  }

  /** Its route on its link. There is one from `assign` on. */
  get route(): LinkRoute {
    return this.assignedRoute as LinkRoute;
  }

  /** The links that do not get it again, as far as they have not been lost since. */
  get refusedBy(): readonly Link[] {
    return NOBODY;
  }

  /** Whether it has ended. */
  get abandoned(): boolean {
    const { current } = this;
    return current === 'completed' || current === 'withdrawn' || current === 'aborted';
  }

  /** Whether its link has sent it, and it has not ended. */
  get isSent(): boolean {
    return this.current === 'sent' || this.current === 'streaming';
  }

  /** Gives it what it sends, before it is assigned or waits. */
  prepare(envelope: Envelope): void {
    this.envelope = envelope;
    this.size = envelope.size;
  }

  /** Takes the link that it is posted to next. */
  assign(link: Link): void {
    this.current = 'queued';
    this.leave();
    link.enter();
    this.assignedLink = link;
    this.assignedRoute = link.routeTo(this.address);
    if (this.kind === 'request') {
      this.assignedRoute.enter();
    }
  }

  /** Waits for a link. */
  wait(): void {
    this.current = 'waiting';
    this.leave();
    this.assignedLink = undefined;
  }

  slice(now: number): Slice | undefined {
    const { envelope } = this;
    if (!this.route.isExtended || envelope.attachments.length > 0) {
      return undefined;
    }
    envelope.setTimeLeft(this.timeLeft(now));
    return envelope;
  }

  frames(now: number): readonly Uint8Array[] {
    if (this.envelope.attachments.length > 0 && !this.route.takesAttachments) {
      this.envelope = this.owner.withoutAttachments(this.envelope);
    }
    const { envelope } = this;
    envelope.setTimeLeft(this.timeLeft(now));
    return [envelope.bytes, ...envelope.attachments];
  }

  sent(): void {
    if (this.current === 'queued') {
      this.current = 'sent';
      this.receivedBefore = this.assignedLink?.receiveCount ?? 0;
      this.owner.handedOver(this);
    }
  }

  failed(error: RemoteCallError): void {
    if (!this.abandoned) {
      this.owner.dispatcher.undelivered(this, error);
    }
  }

  /** Ends it with an error of this process. Does nothing when it has ended. */
  fail(error: RemoteCallError): void {
    if (this.end(error.code, error)) {
      this.rejected(error);
    }
  }

  /** Ends it because nothing here needs it any more. Its sink is not called. */
  cancel(): void {
    this.end('CANCELLED');
  }

  /** Gives its sink the error that it has ended with. */
  protected abstract rejected(error: unknown): void;

  protected stream(): void {
    this.current = 'streaming';
  }

  /** Ends it with what came for it. False when it had ended before. */
  protected complete(result: CallResult, problem?: CallProblem): boolean {
    return this.settle('completed', result, problem);
  }

  /** Ends it without that. False when it had ended before. */
  protected end(result: CallResult, problem?: CallProblem): boolean {
    return this.settle(this.isSent ? 'aborted' : 'withdrawn', result, problem);
  }

  private settle(
    state: 'completed' | 'withdrawn' | 'aborted',
    result: CallResult,
    problem: CallProblem | undefined,
  ): boolean {
    if (this.abandoned) {
      return false;
    }
    this.current = state;
    this.dueAt = 0;
    this.leave();
    this.owner.settled(this, result, problem);
    return true;
  }

  /** Gives its place in its link to others. */
  private leave(): void {
    if (this.assignedLink) {
      this.assignedLink.leave();
      if (this.kind === 'request') {
        this.route.leave();
      }
    }
  }

  /** Milliseconds, at least 1: a call without time left is not sent. */
  private timeLeft(now: number): number {
    return Math.max(1, Math.ceil(this.dueAt - now));
  }
}
