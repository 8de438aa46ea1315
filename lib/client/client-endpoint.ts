import { RemoteCallError } from '../errors/remote-call.error.js';
import { DropCounter, type DropReport } from '../reporting/drop-counter.js';
import { Codec } from '../protocol/codec.js';
import { MessageReader } from '../protocol/message-reader.js';
import { MessageWriter } from '../protocol/message-writer.js';
import { RequestTracker } from '../protocol/request-tracker.js';
import { AnswerMatcher } from './answer-matcher.js';
import { CallEncoder } from './call-encoder.js';
import type { ResolvedClientOptions } from './client-options.js';
import { Connection } from './connection.js';
import type { Link, LinkListener } from './link.js';
import { LinkPool } from './link-pool.js';
import {
  type CallOutcome,
  type EventOutcome,
  type Pending,
  PendingCall,
  PendingEvent,
  type PendingOwner,
} from './pending.js';
import type { CallOptions } from './remote-record.js';
import { WaitingRoom } from './waiting-room.js';

/** How long events may take to leave when the client closes, in milliseconds. */
const CLOSE_FLUSH = 1000;

/** Calls whose timeouts are so close, in milliseconds, count as timing out together. */
const TOGETHER = 100;

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
export class ClientEndpoint implements PendingOwner, LinkListener {
  readonly headerWriter: MessageWriter | undefined;

  private readonly encoder: CallEncoder;
  private readonly answers: AnswerMatcher;
  private readonly links: LinkPool;
  private readonly calls = new RequestTracker<PendingCall>();
  private readonly events = new Set<PendingEvent>();
  private readonly waiting = new WaitingRoom();
  private readonly drops: DropCounter;
  private connection: Connection | undefined;
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
    const writer = new MessageWriter(codec);
    this.headerWriter = options.extension ? writer : undefined;
    this.drops = new DropCounter((report) => listener.dropped(report));
    this.answers = new AnswerMatcher(
      new MessageReader(codec),
      this.calls,
      this.drops,
      options.extension,
    );
    this.links = new LinkPool(options, this);
    this.encoder = new CallEncoder(options, writer, this.links.maxFrame);
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
        throw cancelled();
      }
    }
    this.isClosed = false;
    if (!this.links.isUp) {
      // Kept, because opening may end the wait at once: PUB and inproc are up as soon as they are open.
      const connection = (this.connection ??= this.awaitConnection());
      this.open();
      await connection.promise;
    }
  }

  /**
   * Calls a method.
   *
   * @param outcome is told once how it ended
   * @returns the call, to be ended early
   * @throws {RemoteCallError} `INVALID_ARGUMENT` where the arguments cannot be encoded,
   *   `UNIMPLEMENTED` on PUB
   */
  request(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    outcome: CallOutcome,
  ): PendingCall {
    if (this.options.socket === 'pub') {
      throw new RemoteCallError(
        `cannot call '${method}': PUB sends events only, use emit`,
        { method },
        { code: 'UNIMPLEMENTED' },
      );
    }
    const id = this.calls.nextId();
    const content = this.encoder.request(id, method, args, options);
    const call = new PendingCall(id, content, this, outcome);
    this.calls.add(id, call);
    this.start(call);
    return call;
  }

  /**
   * Sends an event.
   *
   * @param outcome is told once whether it was handed to the socket
   * @returns the event, to be ended early
   * @throws {RemoteCallError} `INVALID_ARGUMENT` where the arguments cannot be encoded
   */
  notify(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    outcome: EventOutcome,
  ): PendingEvent {
    const drop = (error: RemoteCallError): void =>
      this.drops.add('event not sent', () => `${method}: ${error.message}`);
    try {
      const content = this.encoder.notification(method, args, options);
      const event = new PendingEvent(content, this, {
        sent: () => outcome.sent(),
        rejected: (error) => {
          drop(error);
          outcome.rejected(error);
        },
      });
      this.events.add(event);
      this.start(event);
      return event;
    } catch (error) {
      drop(error as RemoteCallError);
      throw error;
    }
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
    this.connection?.resolve();
    for (const pending of this.waiting.all()) {
      this.waiting.delete(pending);
      this.dispatch(pending);
    }
  }

  down(link: Link, reason: string): void {
    const unsent = link.withdraw() as Pending[];
    for (const call of [...this.calls.values()]) {
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
    for (const pending of unsent) {
      this.dispatch(pending);
    }
  }

  error(error: RemoteCallError): void {
    this.listener.failed(error);
  }

  dropped(reason: string): void {
    this.drops.add(reason);
  }

  message(link: Link, address: Buffer, frames: Buffer[]): void {
    this.answers.take(link, address, frames);
  }

  settled(pending: Pending): void {
    this.waiting.delete(pending);
    if (pending instanceof PendingEvent) {
      this.events.delete(pending);
    } else if (pending instanceof PendingCall) {
      if (pending.isAnswered || !pending.isSent) {
        this.calls.complete(pending.id);
      } else {
        this.calls.retire(pending.id);
      }
    }
    this.closeUnused();
  }

  undelivered(pending: Pending, error: RemoteCallError): void {
    // A link of datagrams is up all the time: who waited for it to come up would wait in vain.
    if (error.code === 'UNAVAILABLE' && !this.closing && !pending.link?.isDatagram) {
      this.waiting.add(pending);
    } else {
      pending.fail(error);
    }
  }

  private start(pending: Pending): void {
    if (pending.timeout > 0) {
      pending.timer = setTimeout(() => this.timedOut(pending), pending.timeout);
    }
    this.dispatch(pending);
    if (!this.links.isOpen) {
      void this.openAfterClosing();
    }
  }

  /** Gives it to a link that is up, in turn, or lets it wait for one. */
  private dispatch(pending: Pending): void {
    const link = this.isClosing ? undefined : this.links.next();
    if (link) {
      pending.link = link;
      link.post(pending);
    } else {
      this.waiting.add(pending);
    }
  }

  private timedOut(pending: Pending): void {
    const { link, method, timeout } = pending;
    const context = { method, timeout };
    if (!pending.isSent) {
      pending.fail(
        unavailable(
          `'${method}' was not sent: no connection to ${this.links.names} within ${timeout} ms ` +
            '(option timeout)',
          context,
        ),
      );
      return;
    }
    pending.fail(noAnswer(pending));
    if (link?.isUp && !link.isDatagram && this.isDeaf(link, pending)) {
      // Reopening ends the others as lost; those made together with this one time out together.
      for (const call of [...this.calls.values()]) {
        if (call.link === link && call.isSent && call.isDueWithin(TOGETHER)) {
          call.fail(noAnswer(call));
        }
      }
      link
        .reopen(`nothing came for ${timeout} ms`)
        .catch((error: RemoteCallError) => this.listener.failed(error));
    }
  }

  /**
   * Whether a link that let a call time out may have gone deaf, as one does whose identity was taken
   * over. One that heard anything since is not, and one with an older call is given until that ends.
   */
  private isDeaf(link: Link, timedOut: Pending): boolean {
    if (link.receiveCount !== timedOut.receivedBefore) {
      return false;
    }
    for (const call of this.calls.values()) {
      if (call.link === link && call.isSent) {
        return call.sequence > timedOut.sequence;
      }
    }
    return true;
  }

  private awaitConnection(): Connection {
    return new Connection(this.options.timeout, this.links.names, () => {
      this.connection = undefined;
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
    this.connection?.reject(error);
    this.closeUnused();
  }

  /** Closes links that nobody asked to keep: never connected, or opened by a call after `close`. */
  private closeUnused(): void {
    const isUsed = this.calls.size > 0 || this.events.size > 0 || this.connection !== undefined;
    if (!isUsed && !this.closing && !this.isClosing && (this.isClosed || !this.wasConnected)) {
      this.closeLinks();
    }
  }

  private async closeNow(): Promise<void> {
    this.isClosed = true;
    this.isClosing = true;
    const error = cancelled();
    this.connection?.reject(error);
    for (const pending of [...this.calls.values(), ...this.waiting.all()]) {
      pending.fail(error);
    }
    await this.links.flush(CLOSE_FLUSH);
    for (const event of [...this.events]) {
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
  }
}

function cancelled(): RemoteCallError {
  return new RemoteCallError('the client was closed', {}, { code: 'CANCELLED' });
}

function noAnswer({ method, timeout }: Pending): RemoteCallError {
  return new RemoteCallError(
    `no answer to '${method}' within ${timeout} ms (option timeout)`,
    { method, timeout },
    { code: 'DEADLINE_EXCEEDED' },
  );
}

function unavailable(message: string, context: Record<string, unknown>): RemoteCallError {
  return new RemoteCallError(message, context, { code: 'UNAVAILABLE' });
}
