import { LinkedList } from '../../calls/linked-list.js';
import { Codec } from '../../cbor/codec.js';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { reasonOf } from '../../errors/thrown-text.js';
import type { CallObserver } from '../../observe/call-observer.js';
import type { CallProblem, CallResult } from '../../observe/call-trace.js';
import type { DropCounter } from '../../observe/drop-counter.js';
import type { Envelope } from '../../protocol/envelope.js';
import { MessageReader } from '../../protocol/message-reader.js';
import { MessageWriter } from '../../protocol/message-writer.js';
import type { ResolvedClientOptions } from '../client-options.js';
import type { Link } from '../links/link.js';
import type { LinkPool } from '../links/link-pool.js';
import { LinkWatch } from '../links/link-watch.js';
import { CallDeadlines } from './call-deadlines.js';
import { CallDispatcher, type CallDispatcherOwner } from './call-dispatcher.js';
import { CallEncoder } from './call-encoder.js';
import { ControlSender } from './control-sender.js';
import { type OutgoingCall, oldestFirst } from './outgoing-call.js';
import { type EventOwner, OutgoingEvent } from './outgoing-event.js';
import { OutgoingRequest, type RequestOwner } from './outgoing-request.js';
import { RequestTracker } from './request-tracker.js';
import { ResponseReceiver } from './response-receiver.js';
import { RetryBudget } from './retry-budget.js';
import { RouteHeartbeat } from './route-heartbeat.js';

/** The owner of {@link PendingCalls}, which opens and closes the links. */
export interface PendingCallsOwner extends CallDispatcherOwner {
  /** A call was made that may have to wait for a link. */
  started(): void;
  /** A call has ended. */
  settled(): void;
  /** Something went wrong that ends no call. */
  failed(error: RemoteCallError): void;
}

/**
 * The calls of a client that have not ended. It takes them in, has them dispatched, and ends each once:
 * with its response or an error, whatever becomes of the links.
 */
export class PendingCalls implements RequestOwner, EventOwner {
  readonly encoder: CallEncoder;
  readonly dispatcher: CallDispatcher;
  private readonly requests = new RequestTracker<OutgoingRequest>();
  private readonly events = new LinkedList<OutgoingEvent>();
  private readonly responses: ResponseReceiver;
  private readonly control: ControlSender;
  private readonly deadlines: CallDeadlines;
  private readonly heartbeat: RouteHeartbeat;
  private readonly watch: LinkWatch;
  private readonly retryBudget = new RetryBudget();

  constructor(
    options: ResolvedClientOptions,
    links: LinkPool,
    private readonly drops: DropCounter,
    readonly observer: CallObserver,
    private readonly owner: PendingCallsOwner,
  ) {
    const { requests, events } = this;
    const { extension, heartbeat, limits } = options;
    const codec = new Codec(options.codec);
    const reader = new MessageReader(codec);
    const writer = new MessageWriter(codec, { headers: extension });
    this.encoder = new CallEncoder(options, writer, links);
    this.control = new ControlSender(writer, extension);
    this.dispatcher = new CallDispatcher(limits, requests, links, this.retryBudget, owner);
    this.responses = new ResponseReceiver(
      reader,
      requests,
      drops,
      extension,
      this.control,
      this.dispatcher,
    );
    this.heartbeat = new RouteHeartbeat(heartbeat, requests, writer);
    this.deadlines = new CallDeadlines(requests, events, links, this.heartbeat);
    this.watch = new LinkWatch(links, {
      ask: (link, route) => this.heartbeat.ask(link, route),
      silent: (link) => this.dispatcher.silent(link),
    });
  }

  /** How many there are. */
  get size(): number {
    return this.requests.size + this.events.size;
  }

  /** @throws {RemoteCallError} `RESOURCE_EXHAUSTED` when there is hardly an id left */
  nextId(): number {
    return this.requests.nextId();
  }

  /** Takes a request in. @param link that the dispatcher has picked */
  request(request: OutgoingRequest, link: Link | undefined): void {
    this.requests.add(request.id, request);
    this.heartbeat.start();
    this.watch.start();
    if (request.isIdempotent) {
      this.retryBudget.earn();
    }
    this.start(request, link);
  }

  /** Takes an event in. @param link that the dispatcher has picked */
  notify(event: OutgoingEvent, link: Link | undefined): void {
    this.events.push(event);
    this.start(event, link);
  }

  /** Takes in a message that came by a link. @returns how many envelopes it held */
  message(link: Link, address: Buffer, frames: Buffer[]): number {
    this.observer.stats.received(frames);
    const envelopes = this.responses.take(link, address, frames);
    this.dispatcher.heard(link, address);
    return envelopes;
  }

  /** Ends all calls but the events that are in a send queue, which may still leave. */
  failAll(error: RemoteCallError): void {
    const requests = oldestFirst(this.requests.values());
    const events = this.events.all().filter(({ state }) => state === 'waiting');
    requests.forEach((request) => request.failAndCancel(error));
    events.forEach((event) => event.fail(error));
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

  handedOver({ size }: OutgoingCall): void {
    this.observer.stats.bytesOut += size;
  }

  settled(call: OutgoingCall, result: CallResult, problem: CallProblem | undefined): void {
    this.dispatcher.ended(call);
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

  cancelled(request: OutgoingRequest): void {
    this.control.cancel(request);
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

  private start(call: OutgoingCall, link: Link | undefined): void {
    this.observer.started(call);
    this.deadlines.watch(call);
    this.dispatcher.dispatch(call, link);
    this.owner.started();
  }

  private forget({ id, state }: OutgoingRequest): void {
    if (state === 'aborted') {
      this.requests.retire(id);
    } else {
      this.requests.complete(id);
    }
  }
}
