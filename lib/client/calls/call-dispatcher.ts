import type { RemoteErrorCode } from '../../errors/error-codes.js';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { OutgoingMessage } from '../../nodes/node.js';
import { isReserved } from '../../protocol/reserved-methods.js';
import type { ClientLimits } from '../client-options.js';
import type { CallTarget } from '../balancing/balancer.js';
import type { Link } from '../links/link.js';
import type { LinkPool } from '../links/link-pool.js';
import type { LinkRoute } from '../links/link-route.js';
import { CallRepeater } from './call-repeater.js';
import { closed, unavailable } from './local-errors.js';
import { OutgoingCall, nextSequence, oldestFirst } from './outgoing-call.js';
import { OutgoingRequest, type RequestFailover } from './outgoing-request.js';
import type { RequestTracker } from './request-tracker.js';
import type { RouteListener } from './response-receiver.js';
import type { RetryBudget } from './retry-budget.js';
import { UnsentCalls, type UnsentCallsOwner } from './unsent-calls.js';

/** The owner of a {@link CallDispatcher}. */
export interface CallDispatcherOwner {
  /** Whether the links are being closed: calls wait for the next ones. */
  readonly isClosing: boolean;
}

/**
 * Gives each call to a link, or lets it wait for one, and decides where it goes next: when its link is
 * lost, silent or closing, when its server refuses it, or when a router cannot deliver it.
 */
export class CallDispatcher implements RequestFailover, RouteListener, UnsentCallsOwner {
  private readonly unsent: UnsentCalls;
  private readonly repeater: CallRepeater;

  /** @param calls the requests that have not ended */
  constructor(
    limits: ClientLimits,
    private readonly calls: RequestTracker<OutgoingRequest>,
    private readonly links: LinkPool,
    retryBudget: RetryBudget,
    private readonly owner: CallDispatcherOwner,
  ) {
    this.unsent = new UnsentCalls(limits, this);
    this.repeater = new CallRepeater(calls, retryBudget, (call) =>
      this.dispatch(call, this.linkFor(call)),
    );
  }

  /** The link for a new call; undefined where it has to wait for one, as it does behind others. */
  pick(call: OutgoingCall): Link | undefined {
    return this.isBehindOthers(call) ? undefined : this.linkFor(call);
  }

  /** Gives a call to a link, or lets it wait for one. */
  dispatch(call: OutgoingCall, link: Link | undefined): void {
    if (call.abandoned) {
      return; // The sink of another call has ended it.
    }
    if (link) {
      call.assign(link);
      link.post(call);
    } else {
      this.unsent.add(call);
    }
  }

  /** A message has come from there, whose sender may have room for more. */
  heard(link: Link, address: Buffer): void {
    this.unsent.retry(link, address);
  }

  /** A call has ended: it does not wait any more, and leaves its room to others. */
  ended(call: OutgoingCall): void {
    if (this.unsent.size > 0) {
      this.unsent.delete(call);
      if (call.link) {
        this.unsent.retry(call.link, call.address);
      }
    }
  }

  /** A link is up: gives the calls that wait to those that are ready. */
  up(): void {
    for (const call of this.unsent.all()) {
      this.unsent.delete(call);
      this.dispatch(call, this.linkFor(call, call.refusedBy));
    }
  }

  /** A link is lost: ends the requests that it has sent, and gives its other calls to others. */
  down(link: Link, reason: string): void {
    const lost = oldestFirst(this.calls.values()).filter(
      (call) => call.link === link && call.isSent,
    );
    link.health.lost(lost.length);
    this.unsent.retryElsewhere(link);
    this.redispatch(link.withdraw());
    for (const call of lost) {
      call.lose(
        unavailable(`the link to ${link.name} was lost: ${reason}`, {
          address: link.name,
          method: call.method,
        }),
      );
    }
  }

  /** A server is silent: gives to others what they can take over. The rest it may still answer. */
  silent(link: Link): void {
    if (!this.links.hasBetterThan(link)) {
      return;
    }
    this.empty(link);
    for (const call of oldestFirst(this.calls.values())) {
      if (call.link === link) {
        this.repeater.repeat(
          call,
          unavailable(`${link.name} is silent`, { address: link.name, method: call.method }),
        );
      }
    }
  }

  /** Gives the calls that wait in a link to others. */
  empty(link: Link): void {
    const messages = link.withdraw();
    this.unsent.retryElsewhere(link);
    this.redispatch(messages);
    // The rest, such as cancellations, is for this server alone.
    messages
      .filter((message) => !(message instanceof OutgoingCall))
      .forEach((other) => link.post(other));
  }

  missed(link: Link, address: Buffer): void {
    this.links.missed(link, address);
  }

  goodbye(link: Link, route: LinkRoute, vacated: boolean): void {
    // Behind a router another service may respond at this address at any time.
    if (route.isDirect) {
      route.doubt(nextSequence());
    } else {
      route.forget(nextSequence());
    }
    if (!route.isDirect || !link.capabilities.detectsLoss || link.state !== 'ready') {
      return;
    }
    if (!vacated || !this.links.renew(link)) {
      link.drain();
      this.empty(link);
    }
  }

  loaded(link: Link, load: number): void {
    this.links.loaded(link, load);
  }

  undelivered(call: OutgoingCall, error: RemoteCallError): void {
    // A link of datagrams is up all the time: a call would wait in vain for it to come up.
    const canWait = call.link?.capabilities.ordered !== false && !this.owner.isClosing;
    if (error.code === 'UNAVAILABLE' && canWait && call.state === 'queued') {
      this.dispatch(call, this.linkFor(call));
    } else {
      call.fail(error);
    }
  }

  refused(request: OutgoingRequest, code: RemoteErrorCode): boolean {
    const { link: refusing, route, refusedBy } = request;
    const isClosing = code === 'UNAVAILABLE' && route.isDirect;
    if (refusing && isClosing) {
      this.goodbye(refusing, route, false); // Not all that have a link here got one.
    } else if (refusing && code === 'UNAVAILABLE') {
      this.missed(refusing, request.address); // It is about to leave this router.
    }
    // A server that closes has a successor, or another one will have room.
    return this.passOn(request, refusing?.state !== 'ready' || this.links.hasOthers(refusedBy));
  }

  bounced(request: OutgoingRequest): boolean {
    return this.passOn(request, this.links.mayHaveOthers(request.refusedBy));
  }

  lost(request: OutgoingRequest, loss: RemoteCallError): boolean {
    return this.repeater.repeat(request, loss);
  }

  /** Ends the requests that no router could deliver, where no other one can be reached. */
  giveUp(): void {
    for (const call of this.unsent.all()) {
      if (
        call instanceof OutgoingRequest &&
        call.bounce &&
        !this.links.mayHaveOthers(call.refusedBy)
      ) {
        call.fail(call.bounce);
      }
    }
  }

  /** Ends the calls that wait for a link. */
  failUnsent(error: RemoteCallError): void {
    this.unsent.all().forEach((call) => call.fail(error));
  }

  dispatchUnsent(call: OutgoingCall): boolean {
    const link = this.linkFor(call, call.refusedBy);
    if (link) {
      this.unsent.delete(call);
      this.dispatch(call, link);
    }
    return link !== undefined;
  }

  ownerOf(call: OutgoingCall): Link | undefined {
    return this.owner.isClosing ? undefined : this.links.ownerOf(call, call.refusedBy);
  }

  /** The link for a call, other than these; undefined where none takes it now. */
  private linkFor(call: CallTarget, except?: readonly Link[]): Link | undefined {
    return this.owner.isClosing ? undefined : this.links.pick(call, except);
  }

  /** Whether calls that were made before it wait for the same servers. */
  private isBehindOthers(call: OutgoingCall): boolean {
    if (this.unsent.size === 0 || call.kind === 'event' || isReserved(call.method)) {
      return false;
    }
    return this.unsent.has(call.address, this.ownerOf(call));
  }

  /** Gives a request that came back to another link. @returns whether that has it, or it waits for one */
  private passOn(request: OutgoingRequest, canWait: boolean): boolean {
    const link = this.linkFor(request, request.refusedBy);
    if (link || canWait) {
      this.dispatch(request, link);
    }
    return link !== undefined || canWait;
  }

  /** Gives the calls that were withdrawn from one link to others. */
  private redispatch(messages: readonly OutgoingMessage[]): void {
    for (const message of messages) {
      if (!(message instanceof OutgoingCall)) {
        continue;
      }
      if (this.owner.isClosing) {
        message.fail(closed()); // The links of the next opening are not for it.
      } else {
        this.dispatch(message, this.linkFor(message));
      }
    }
  }
}
