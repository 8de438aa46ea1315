import { LinkedList } from '../../calls/linked-list.js';
import { Codec, LARGEST_LIMITS } from '../../cbor/codec.js';
import type { RemoteErrorCode } from '../../errors/error-codes.js';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { reasonOf } from '../../errors/thrown-text.js';
import type { OutgoingMessage } from '../../nodes/node.js';
import { EnvelopeMessage } from '../../nodes/sending/envelope-message.js';
import type { CallObserver } from '../../observe/call-observer.js';
import type { CallProblem, CallResult } from '../../observe/call-trace.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { RequestId } from '../../protocol/message.js';
import { MessageReader } from '../../protocol/message-reader.js';
import { MessageWriter } from '../../protocol/message-writer.js';
import { isReserved } from '../../protocol/reserved-methods.js';
import type { ResolvedClientOptions } from '../client-options.js';
import type { CallTarget } from '../balancing/balancer.js';
import type { Link } from '../links/link.js';
import type { LinkPool } from '../links/link-pool.js';
import type { LinkRoute } from '../links/link-route.js';
import { LinkWatch, type LinkWatchOwner } from '../links/link-watch.js';
import { CallDeadlines } from './call-deadlines.js';
import { CallEncoder } from './call-encoder.js';
import { CallRepeater } from './call-repeater.js';
import { closed, unavailable } from './local-errors.js';
import { OutgoingCall, nextSequence } from './outgoing-call.js';
import { type EventOwner, OutgoingEvent } from './outgoing-event.js';
import { OutgoingRequest, type RequestOwner } from './outgoing-request.js';
import { RequestTracker } from './request-tracker.js';
import { ResponseReceiver, type RouteListener } from './response-receiver.js';
import { RouteHeartbeat } from './route-heartbeat.js';
import { UnsentCalls } from './unsent-calls.js';

/** The owner of a {@link CallDispatcher}, which opens and closes the links. */
export interface CallDispatcherOwner {
  /** Whether the links are being closed: calls wait for the next ones. */
  readonly isClosing: boolean;
  /** A call was made that may have to wait for a link. */
  started(): void;
  /** A call has ended. */
  settled(): void;
  /** Something went wrong that ends no call. */
  failed(error: RemoteCallError): void;
}

/**
 * Gives each call to a link, and to another one where it could not be sent, and ends each once: with
 * its response or an error, whatever becomes of the links.
 */
export class CallDispatcher implements RequestOwner, EventOwner, RouteListener, LinkWatchOwner {
  readonly encoder: CallEncoder;
  private readonly writer: MessageWriter;
  private readonly responses: ResponseReceiver;
  private readonly calls = new RequestTracker<OutgoingRequest>();
  private readonly events = new LinkedList<OutgoingEvent>();
  private readonly unsent: UnsentCalls;
  private readonly deadlines: CallDeadlines;
  private readonly heartbeat: RouteHeartbeat;
  private readonly watch: LinkWatch;
  private readonly repeater: CallRepeater;

  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly links: LinkPool,
    private readonly drops: DropCounter,
    readonly observer: CallObserver,
    private readonly owner: CallDispatcherOwner,
  ) {
    const { extension, heartbeat } = options;
    const codec = new Codec(options.codec);
    this.unsent = new UnsentCalls(options.limits, (call) => this.dispatchUnsent(call));
    this.writer = new MessageWriter(codec, { headers: extension });
    // The limits of the codec are for received values; its own calls may exceed them.
    const ownReader = new MessageReader(new Codec(LARGEST_LIMITS));
    this.encoder = new CallEncoder(options, this.writer, ownReader, links);
    const reader = new MessageReader(codec);
    this.responses = new ResponseReceiver(reader, this.calls, drops, extension, this);
    this.heartbeat = new RouteHeartbeat(heartbeat, this.calls, this.writer);
    this.deadlines = new CallDeadlines(this.calls, this.events, links, this.heartbeat);
    this.watch = new LinkWatch(links, this);
    this.repeater = new CallRepeater(this.calls, (call) => this.dispatch(call, this.linkFor(call)));
  }

  /** How many calls have not ended. */
  get size(): number {
    return this.calls.size + this.events.size;
  }

  /** @throws {RemoteCallError} `RESOURCE_EXHAUSTED` when there is hardly an id left */
  nextId(): number {
    return this.calls.nextId();
  }

  /** The link for a new call; undefined where it has to wait for one, as it does behind others. */
  pick(call: CallTarget): Link | undefined {
    return this.isBehindOthers(call) ? undefined : this.linkFor(call);
  }

  /** Sends a request, by a link of `pick`. */
  request(request: OutgoingRequest, link: Link | undefined): void {
    this.calls.add(request.id, request);
    this.heartbeat.start();
    this.watch.start();
    if (request.isIdempotent) {
      this.repeater.made();
    }
    this.start(request, link);
  }

  /** Sends an event, by a link of `pick`. */
  notify(event: OutgoingEvent, link: Link | undefined): void {
    this.events.push(event);
    this.start(event, link);
  }

  /** Takes a message that came in. @returns how many envelopes it held */
  message(link: Link, address: Buffer, frames: Buffer[]): number {
    this.observer.stats.received(frames);
    const envelopes = this.responses.take(link, address, frames);
    this.unsent.retry(address);
    return envelopes;
  }

  /** Gives the calls that wait to the links that are ready. */
  up(): void {
    for (const call of this.unsent.all()) {
      this.unsent.delete(call);
      this.dispatch(call, this.linkForWaiting(call));
    }
  }

  /** Ends the requests that were sent by a link that is lost, and gives the other calls to others. */
  down(link: Link, reason: string): void {
    const lost = this.inOrder().filter((call) => call.link === link && call.isSent);
    link.health.lost(lost.length);
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

  ask(link: Link, route: LinkRoute): boolean {
    return link.capabilities.ordered && this.heartbeat.ask(link, route);
  }

  /** Gives to others what they can take over from a server that is silent. The rest it may still answer. */
  silent(link: Link): void {
    if (!this.links.hasBetterThan(link)) {
      return;
    }
    this.empty(link);
    for (const call of this.inOrder()) {
      if (call.link === link) {
        this.repeater.repeat(
          call,
          unavailable(`${link.name} is silent`, { address: link.name, method: call.method }),
        );
      }
    }
  }

  /** Ends the calls that wait for a link. */
  failUnsent(error: RemoteCallError): void {
    this.unsent.all().forEach((call) => call.fail(error));
  }

  /** Ends the calls that no router could deliver, where no other one can be reached. */
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

  /** Ends all calls but the events that are in a send queue, which may still leave. */
  failAll(error: RemoteCallError): void {
    const requests = this.inOrder();
    const unsent = this.unsent.all();
    requests.forEach((call) => call.failAndCancel(error));
    unsent.forEach((call) => call.fail(error));
  }

  /** Ends the events that are in a send queue. */
  failQueued(error: RemoteCallError): void {
    for (const event of this.events.all()) {
      if (event.state === 'queued') {
        event.fail(error);
      }
    }
  }

  /** The links are closed. */
  stop(): void {
    if (this.size === 0) {
      this.deadlines.stop();
      this.heartbeat.stop();
      this.watch.stop();
    }
  }

  extended(link: Link, route: LinkRoute): void {
    for (const id of route.takeDeferredCancels()) {
      this.sendCancel(link, route, id);
    }
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

  pinged(link: Link, route: LinkRoute, token: RequestId): void {
    link.post(new EnvelopeMessage(route, this.writer.pong(token), true));
  }

  /** Gives the calls that wait in a link to others. */
  empty(link: Link): void {
    const messages = link.withdraw();
    this.redispatch(messages);
    // The rest, such as cancellations, is for this server alone.
    messages
      .filter((message) => !(message instanceof OutgoingCall))
      .forEach((other) => link.post(other));
  }

  handedOver({ size }: OutgoingCall): void {
    this.observer.stats.bytesOut += size;
  }

  settled(call: OutgoingCall, result: CallResult, problem: CallProblem | undefined): void {
    if (this.unsent.size > 0) {
      this.unsent.delete(call);
      this.unsent.retry(call.address);
    }
    if (call instanceof OutgoingEvent) {
      this.events.delete(call);
    } else if (call instanceof OutgoingRequest) {
      this.forget(call);
    }
    if (call.trace && call.link) {
      call.trace.message.link = call.link.name;
    }
    this.observer.ended(call, result, problem);
    this.owner.settled();
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

  cancelled({ link, route, id }: OutgoingRequest): void {
    if (!link?.isUp || !this.options.extension) {
      return;
    }
    if (route.isExtended) {
      this.sendCancel(link, route, id);
    } else {
      route.deferCancel(id);
    }
  }

  failed(error: RemoteCallError): void {
    this.owner.failed(error);
  }

  eventDropped(method: string, error: unknown): void {
    this.drops.add('event not sent', () => `${method}: ${reasonOf(error)}`);
  }

  withoutAttachments(envelope: Envelope, id?: number): Envelope {
    return this.encoder.withoutAttachments(envelope, id);
  }

  /** Whether calls that were made before it wait for the same servers. */
  private isBehindOthers({ kind, method, address, affinity }: CallTarget): boolean {
    const waitsInLine = kind === 'request' && affinity === undefined && !isReserved(method);
    return waitsInLine && this.unsent.has(address);
  }

  private forget({ id, state }: OutgoingRequest): void {
    if (state === 'aborted') {
      this.calls.retire(id);
    } else {
      this.calls.complete(id);
    }
  }

  private sendCancel(link: Link, route: LinkRoute, id: number): void {
    link.post(new EnvelopeMessage(route, this.writer.cancel(id), true));
  }

  private start(call: OutgoingCall, link: Link | undefined): void {
    this.observer.started(call);
    this.deadlines.watch(call);
    this.dispatch(call, link);
    this.owner.started();
  }

  /** The link for a call, other than these; undefined where none takes it now. */
  private linkFor(call: CallTarget, except?: readonly Link[]): Link | undefined {
    return this.owner.isClosing ? undefined : this.links.pick(call, except);
  }

  /** The same for a call that waits, which is not given back to a server that has refused it. */
  private linkForWaiting(call: OutgoingCall): Link | undefined {
    return this.linkFor(call, call instanceof OutgoingRequest ? call.refusedBy : undefined);
  }

  /** Gives a request that came back to another link. @returns whether that has it, or it waits for one */
  private passOn(request: OutgoingRequest, canWait: boolean): boolean {
    const link = this.linkFor(request, request.refusedBy);
    if (link || canWait) {
      this.dispatch(request, link);
    }
    return link !== undefined || canWait;
  }

  /** Gives a call to a link, or lets it wait for one. */
  private dispatch(call: OutgoingCall, link: Link | undefined): void {
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

  /** Gives a call that waits to a link; false where it has to go on waiting. */
  private dispatchUnsent(call: OutgoingCall): boolean {
    const link = this.linkForWaiting(call);
    if (link) {
      this.unsent.delete(call);
      this.dispatch(call, link);
    }
    return link !== undefined;
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

  /** The requests that have not ended, oldest first. */
  private inOrder(): OutgoingRequest[] {
    return this.calls.values().toSorted((one, other) => one.sequence - other.sequence);
  }
}
