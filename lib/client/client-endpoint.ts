import { RemoteCallError } from '../errors/remote-call.error.js';
import { DropCounter, type DropReport } from '../observe/drop-counter.js';
import { EnvelopeMessage } from '../nodes/sending/envelope-message.js';
import type { OutgoingMessage } from '../nodes/node.js';
import { Codec, LARGEST_LIMITS } from '../cbor/codec.js';
import type { Envelope } from '../protocol/envelope.js';
import { IdMap } from '../calls/id-map.js';
import { MessageReader } from '../protocol/message-reader.js';
import { MessageWriter } from '../protocol/message-writer.js';
import { RequestTracker } from './calls/request-tracker.js';
import { ResponseReceiver, type RouteListener } from './calls/response-receiver.js';
import { CallEncoder } from './calls/call-encoder.js';
import { CallDeadlines } from './calls/call-deadlines.js';
import type { ResolvedClientOptions } from './client-options.js';
import { ConnectWait } from './links/connect-wait.js';
import type { Link, LinkOwner } from './links/link.js';
import { LinkPool } from './links/link-pool.js';
import type { LinkRoute } from './links/link-route.js';
import { closed, unavailable } from './calls/local-errors.js';
import {
  type CallSink,
  type EventSink,
  OutgoingCall,
  OutgoingRequest,
  OutgoingEvent,
  type OutgoingCallOwner,
  nextSequence,
} from './calls/outgoing-call.js';
import type { CallOptions } from './remote-record.js';
import { UnsentCalls } from './calls/unsent-calls.js';

/** How long events may take to leave when the client closes, in milliseconds. */
const CLOSE_FLUSH = 1000;

/** What a {@link ClientEndpoint} tells its owner. */
export interface ClientEndpointListener {
  connected(name: string): void;
  disconnected(name: string, reason: string): void;
  failed(error: RemoteCallError): void;
  dropped(report: DropReport): void;
}

/**
 * The calling side of the protocol: matches answers to calls, and ends every call, with its answer
 * or an error, whatever becomes of the links.
 *
 * Mirrors `Client` of the Python original.
 */
export class ClientEndpoint implements OutgoingCallOwner, LinkOwner, RouteListener {
  private readonly writer: MessageWriter;
  private readonly encoder: CallEncoder;
  private readonly answers: ResponseReceiver;
  private readonly links: LinkPool;
  private readonly calls = new RequestTracker<OutgoingRequest>();
  private readonly events = new IdMap<OutgoingEvent>();
  private readonly waiting = new UnsentCalls();
  private readonly drops: DropCounter;
  private readonly timeouts: CallDeadlines;
  private connectWait: ConnectWait | undefined;
  private closing: Promise<void> | undefined;
  /** Until the links are closed: what is called meanwhile waits for new ones. */
  private isClosing = false;
  /** After `close`, what a late call opens is closed again when the call has ended. */
  private isClosed = false;
  private wasConnected = false;
  /** Counts calls of `close`, so that a `connect` that waits notices that it was overtaken. */
  private closes = 0;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly listener: ClientEndpointListener,
  ) {
    const codec = new Codec(options.codec);
    const reader = new MessageReader(codec);
    this.writer = new MessageWriter(codec, { headers: options.extension });
    this.drops = new DropCounter((report) => listener.dropped(report));
    this.answers = new ResponseReceiver(reader, this.calls, this.drops, options.extension, this);
    this.links = new LinkPool(options, this);
    this.timeouts = new CallDeadlines(
      this.calls,
      this.events,
      () => this.links.names,
      (error) => listener.failed(error),
    );
    // What was encoded here may be more than is taken in.
    const ownReader = new MessageReader(new Codec(LARGEST_LIMITS));
    this.encoder = new CallEncoder(options, this.writer, ownReader, this.links.maxFrame);
  }

  /** The sockets of the links, empty when there are none. */
  get sockets(): readonly unknown[] {
    return this.links.sockets;
  }

  /** How much was dropped, by reason. */
  get dropCounts(): ReadonlyMap<string, number> {
    return this.drops.counts;
  }

  /**
   * Resolves with the first link that is up.
   *
   * @throws {RemoteCallError} `UNAVAILABLE` after the timeout, `CANCELLED` by `close`
   */
  async connect(): Promise<void> {
    // Not awaited for nothing: a close() that follows at once must find the connection.
    const { closes } = this;
    if (this.closing) {
      await this.closing;
      if (this.closes !== closes) {
        throw closed();
      }
    }
    this.isClosed = false;
    if (!this.links.isUp) {
      // Kept, because opening may end the wait at once: PUB and inproc are up as soon as they are open.
      const connection = (this.connectWait ??= this.awaitConnection());
      this.open();
      await connection.promise;
    }
  }

  /**
   * Calls a method.
   *
   * @param sink is told once how it ended
   * @returns the call, to be ended early
   * @throws {RemoteCallError} `INVALID_ARGUMENT` where the arguments cannot be encoded,
   *   `UNIMPLEMENTED` on PUB
   */
  request(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: CallSink,
  ): OutgoingRequest {
    if (this.options.socket === 'pub') {
      throw new RemoteCallError(
        `cannot call '${method}': PUB sends events only, use emit`,
        { method },
        { code: 'UNIMPLEMENTED' },
      );
    }
    const { encoder } = this;
    const id = this.calls.nextId();
    const link = this.nextLink();
    const address = encoder.addressOf(method, options);
    const timeout = encoder.timeoutOf(options);
    const isAttaching = attaches(link, address);
    const envelope = encoder.request(id, method, args, options, timeout, isAttaching);
    const call = new OutgoingRequest(id, method, address, envelope, timeout, this, sink);
    this.calls.add(id, call);
    this.start(call, link);
    return call;
  }

  /**
   * Sends an event.
   *
   * @param sink is told once whether it was handed to the socket
   * @returns the event, to be ended early
   * @throws {RemoteCallError} `INVALID_ARGUMENT` where the arguments cannot be encoded
   */
  notify(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: EventSink,
  ): OutgoingEvent {
    const { encoder } = this;
    try {
      const link = this.nextLink();
      const address = encoder.addressOf(method, options);
      const timeout = encoder.timeoutOf(options);
      const envelope = encoder.notification(method, args, options, attaches(link, address));
      const event = new OutgoingEvent(method, address, envelope, timeout, this, sink);
      this.events.set(event.sequence, event);
      this.start(event, link);
      return event;
    } catch (error) {
      this.eventDropped(method, error as RemoteCallError);
      throw error;
    }
  }

  eventDropped(method: string, error: RemoteCallError): void {
    this.drops.add('event not sent', () => `${method}: ${error.message}`);
  }

  /** Ends everything and closes the links; the endpoint can be used again. */
  close(): Promise<void> {
    this.closes++;
    this.closing ??= this.closeNow().finally(() => {
      this.closing = undefined;
      if (this.waiting.size > 0) {
        this.open();
      }
    });
    return this.closing;
  }

  up(link: Link): void {
    this.wasConnected = true;
    this.listener.connected(link.name);
    this.connectWait?.resolve();
    for (const pending of this.waiting.all()) {
      this.waiting.delete(pending);
      this.dispatch(pending, this.nextLink());
    }
  }

  down(link: Link, reason: string): void {
    const unsent = link.withdraw();
    for (const call of this.inOrder()) {
      if (call.link === link && call.isSent) {
        call.fail(
          unavailable(`the link to ${link.name} was lost: ${reason}`, {
            address: link.name,
            method: call.method,
          }),
        );
      }
    }
    this.listener.disconnected(link.name, reason);
    this.redispatch(unsent);
  }

  extended(link: Link, route: LinkRoute): void {
    for (const id of route.takeDeferredCancels()) {
      this.sendCancel(link, route, id);
    }
  }

  goodbye(link: Link, route: LinkRoute): void {
    route.forget(nextSequence());
    // Behind a router another service may answer to this address at any time.
    if (route.isDirect && link.capabilities.detectsLoss && !link.isDraining) {
      link.isDraining = true;
      const unsent = link.withdraw();
      this.redispatch(unsent);
      // The rest, such as cancellations, is for this server alone.
      unsent
        .filter((message) => !(message instanceof OutgoingCall))
        .forEach((other) => link.post(other));
    }
  }

  error(error: RemoteCallError): void {
    this.listener.failed(error);
  }

  dropped(reason: string): void {
    this.drops.add(reason);
  }

  message(link: Link, address: Buffer, frames: Buffer[]): number {
    return this.answers.take(link, address, frames);
  }

  settled(pending: OutgoingCall): void {
    if (this.waiting.size > 0) {
      this.waiting.delete(pending);
    }
    if (pending instanceof OutgoingRequest) {
      if (pending.isAnswered || !pending.isSent) {
        this.calls.complete(pending.id);
      } else {
        this.calls.retire(pending.id);
      }
    } else {
      this.events.delete(pending.sequence);
    }
    if (this.isClosed || !this.wasConnected) {
      this.closeUnused();
    }
  }

  undelivered(pending: OutgoingCall, error: RemoteCallError): void {
    // A link of datagrams is up all the time: who waited for it to come up would wait in vain.
    if (
      error.code === 'UNAVAILABLE' &&
      !this.closing &&
      pending.link?.capabilities.ordered !== false
    ) {
      this.dispatch(pending, this.nextLink());
    } else {
      pending.fail(error);
    }
  }

  cancelled(call: OutgoingRequest): void {
    const { link, route, id } = call;
    if (!link?.isUp || !this.options.extension) {
      return;
    }
    if (route.isExtended) {
      this.sendCancel(link, route, id);
    } else {
      route.deferCancel(id);
    }
  }

  withoutAttachments(envelope: Envelope): Envelope {
    return this.encoder.withoutAttachments(envelope);
  }

  private sendCancel(link: Link, route: LinkRoute, id: number): void {
    link.post(new EnvelopeMessage(route, this.writer.cancel(id), true));
  }

  private start(pending: OutgoingCall, link: Link | undefined): void {
    this.timeouts.watch(pending);
    this.dispatch(pending, link);
    if (!this.links.isOpen) {
      void this.openAfterClosing();
    }
  }

  /** One of the links that take calls, in turn. */
  private nextLink(): Link | undefined {
    return this.isClosing ? undefined : this.links.next();
  }

  /** Gives it to a link, or lets it wait for one. */
  private dispatch(pending: OutgoingCall, link: Link | undefined): void {
    if (pending.abandoned) {
      return; // By whoever was told of another's end.
    }
    if (link) {
      pending.link = link;
      pending.route = link.routeTo(pending.address);
      link.post(pending);
    } else {
      this.waiting.add(pending);
    }
  }

  /** Gives what was taken back from one link to another. */
  private redispatch(unsent: readonly OutgoingMessage[]): void {
    for (const message of unsent) {
      if (message instanceof OutgoingCall) {
        this.dispatch(message, this.nextLink());
      }
    }
  }

  /** The calls in flight, oldest first. */
  private inOrder(): OutgoingRequest[] {
    return this.calls.values().toSorted((one, other) => one.sequence - other.sequence);
  }

  private awaitConnection(): ConnectWait {
    return new ConnectWait(this.options.timeout, this.links.names, () => {
      this.connectWait = undefined;
      this.closeUnused();
    });
  }

  private async openAfterClosing(): Promise<void> {
    await this.closing;
    if (this.waiting.size > 0) {
      this.open();
    }
  }

  private open(): void {
    try {
      this.links.open((error) => this.cannotOpen(error));
    } catch (error) {
      // The process or the system has no sockets left.
      this.cannotOpen(unavailable(`cannot open: ${(error as Error).message}`, {}));
    }
  }

  /** A link that cannot even be opened will not come up by waiting. */
  private cannotOpen(error: RemoteCallError): void {
    this.listener.failed(error);
    for (const pending of this.waiting.all()) {
      pending.fail(error);
    }
    this.connectWait?.reject(error);
    this.closeUnused();
  }

  /** Closes links that nobody asked to keep: never connected, or opened by a call after `close`. */
  private closeUnused(): void {
    const isUsed = this.calls.size > 0 || this.events.size > 0 || this.connectWait !== undefined;
    if (!isUsed && !this.closing && !this.isClosing && (this.isClosed || !this.wasConnected)) {
      this.closeLinks();
    }
  }

  private async closeNow(): Promise<void> {
    this.isClosed = true;
    this.isClosing = true;
    const error = closed();
    this.connectWait?.reject(error);
    // Taken down first: who is told may call again.
    const calls = this.inOrder();
    const waiting = this.waiting.all();
    calls.forEach((call) => call.failAndCancel(error));
    waiting.forEach((pending) => pending.fail(error));
    await this.links.flush(CLOSE_FLUSH);
    for (const event of this.events.values()) {
      if (!this.waiting.has(event)) {
        event.fail(error);
      }
    }
    this.closeLinks();
    this.isClosing = false;
  }

  private closeLinks(): void {
    this.wasConnected = false;
    this.links.close();
    if (this.calls.size + this.events.size === 0) {
      this.timeouts.stop();
    }
  }
}

/** Whether large byte strings may travel to an address in frames of their own. */
function attaches(link: Link | undefined, address: Buffer): boolean {
  return link?.routeTo(address).takesAttachments ?? false;
}
