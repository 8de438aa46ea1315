import { randomBytes } from 'node:crypto';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { DropCounter, type DropReport } from '../nodes/drop-counter.js';
import { SocketNode } from '../nodes/socket-node.js';
import { milliseconds, optionError, routingId } from '../options/option-check.js';
import { Codec } from '../protocol/codec.js';
import { EncodeError } from '../protocol/codec-error.js';
import { MessageType } from '../protocol/message.js';
import { MessageReader } from '../protocol/message-reader.js';
import { MessageWriter } from '../protocol/message-writer.js';
import { RequestTracker } from '../protocol/request-tracker.js';
import type { ResolvedClientOptions } from './client-options.js';
import { Link, type LinkListener } from './link.js';
import {
  type CallOutcome,
  type Pending,
  PendingCall,
  type PendingContent,
  PendingEvent,
  type PendingOwner,
} from './pending.js';
import type { CallOptions } from './remote-record.js';

/** The address frame of a server that is connected directly. */
const DIRECT = Buffer.from('-');

/** How long events may take to leave when the client closes, in milliseconds. */
const CLOSE_FLUSH = 1000;

/** Calls whose timeouts are so close, in milliseconds, count as timing out together. */
const TOGETHER = 100;

/** How many calls and events may wait for a link, and how many bytes. */
const MAX_WAITING = 65_536;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** What a {@link ClientEndpoint} tells its owner. */
export interface ClientEndpointListener {
  connected(name: string): void;
  disconnected(name: string, reason: string): void;
  failed(error: RemoteCallError): void;
  dropped(report: DropReport): void;
}

/** Somebody who waits for the first link. */
interface Connection {
  promise: Promise<void>;
  resolve(): void;
  reject(error: RemoteCallError): void;
}

/**
 * The calling side of the protocol: matches answers to calls, and ends every call, with its answer
 * or an error, whatever becomes of the links.
 *
 * Mirrors `Client` of the Python original.
 */
export class ClientEndpoint implements PendingOwner, LinkListener {
  readonly headerWriter: MessageWriter | undefined;

  private readonly writer: MessageWriter;
  private readonly reader: MessageReader;
  private readonly calls = new RequestTracker<PendingCall>();
  private readonly events = new Set<PendingEvent>();
  /** What no link has taken yet, in order. */
  private readonly waiting = new Set<Pending>();
  private waitingBytes = 0;
  private links: Link[] = [];
  private nextLink = 0;
  private wasConnected = false;
  /** After `close`, what a late call opens is closed again when the call has ended. */
  private isClosed = false;
  /** Until the links are closed: what is called meanwhile waits for new ones. */
  private isClosing = false;
  private connection: Connection | undefined;
  private closing: Promise<void> | undefined;
  private readonly drops: DropCounter;

  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly listener: ClientEndpointListener,
  ) {
    const codec = new Codec(options.codec);
    this.writer = new MessageWriter(codec);
    this.reader = new MessageReader(codec);
    this.headerWriter = options.extension ? this.writer : undefined;
    this.drops = new DropCounter((report) => listener.dropped(report));
    // Made once now, so that wrong addresses and options fail here and not at the first call.
    this.createLinks();
  }

  /** The sockets of the links, empty when there are none. */
  get sockets(): readonly unknown[] {
    return this.links.flatMap((link) => link.sockets);
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
    if (this.closing) {
      await this.closing;
    }
    this.isClosed = false;
    if (!this.links.some((link) => link.isUp)) {
      // Kept, because opening may end the wait at once: PUB and inproc are up as soon as they are open.
      const connection = (this.connection ??= this.awaitConnection());
      this.open();
      await connection.promise;
    }
  }

  /**
   * Calls a method.
   *
   * @param outcome is told once how it ended, never before this returns
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
    const content = this.content(method, options, () => this.writer.request(id, method, args));
    const call = new PendingCall(id, content, this, outcome);
    this.calls.add(id, call);
    this.start(call);
    return call;
  }

  /**
   * Sends an event.
   *
   * @returns once it was handed to the socket
   * @throws {RemoteCallError} `INVALID_ARGUMENT` where the arguments cannot be encoded, `UNAVAILABLE`
   *   where no link took it within the timeout
   */
  notify(method: string, args: readonly unknown[], options: CallOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const content = this.content(method, options, () => this.writer.notification(method, args));
      const event = new PendingEvent(content, this, resolve, (error) => {
        this.drops.add('event not sent', () => `${method}: ${error.message}`);
        reject(error);
      });
      this.events.add(event);
      this.start(event);
    });
  }

  /** Ends everything and closes the links; the endpoint can be used again. */
  close(): Promise<void> {
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
    for (const pending of [...this.waiting]) {
      this.stopWaiting(pending);
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

  message(link: Link, address: Buffer, frames: Buffer[]): void {
    const [payload] = frames;
    if (!payload && address.length === 0) {
      return; // The greeting of a bound DEALER, as a Python service may be.
    }
    if (!payload || payload.length === 0) {
      this.drops.add('empty message');
      return;
    }
    const { messages, malformed } = this.reader.read(payload);
    for (const message of messages) {
      if (message.type === MessageType.RESPONSE) {
        if (!this.options.extension) {
          delete message.header; // A server sends one to base clients too, who never look.
        }
        this.callOf(link, address, message.id)?.answer(message);
      } else {
        this.drops.add('not an answer', () => `a ${message.method} from ${link.name}`);
      }
    }
    if (malformed) {
      this.drops.add('malformed message', () => `${malformed.reason}, from ${link.name}`);
      if (malformed.type === MessageType.RESPONSE) {
        this.callOf(link, address, malformed.id)?.fail(
          new RemoteCallError(
            `malformed response: ${malformed.reason}`,
            { address: link.name },
            { code: 'INTERNAL' },
          ),
        );
      }
    }
  }

  settled(pending: Pending): void {
    this.stopWaiting(pending);
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
    if (error.code === 'UNAVAILABLE' && !this.closing) {
      this.wait(pending);
    } else {
      pending.fail(error);
    }
  }

  private content(
    method: string,
    { address, timeout, metadata }: CallOptions,
    encode: () => Buffer,
  ): PendingContent {
    try {
      return {
        method,
        address: routingId('address', address) ?? this.addressOf(method),
        envelope: encode(),
        metadata: metadata && this.checkMetadata(metadata),
        timeout: milliseconds('timeout', timeout, this.options.timeout),
      };
    } catch (error) {
      if (error instanceof EncodeError) {
        throw new RemoteCallError(
          `cannot send '${method}': ${error.message}`,
          { method, path: error.path },
          { code: 'INVALID_ARGUMENT', cause: error },
        );
      }
      throw error;
    }
  }

  private checkMetadata(metadata: Record<string, string>): Record<string, string> {
    for (const [name, text] of Object.entries(metadata)) {
      if (typeof text !== 'string') {
        throw optionError(`metadata.${name}`, text, 'give a text');
      }
    }
    // Written only when it is sent, when nobody could be told that it cannot be encoded.
    this.writer.header({ metadata });
    return { ...metadata };
  }

  private addressOf(method: string): Buffer {
    const { address, socket } = this.options;
    if (address ?? socket === 'dealer') {
      return address ?? DIRECT;
    }
    if (method === '') {
      throw new RemoteCallError('must provide an address', {}, { code: 'INVALID_ARGUMENT' });
    }
    return Buffer.from(method);
  }

  private start(pending: Pending): void {
    if (pending.timeout > 0) {
      pending.timer = setTimeout(() => this.timedOut(pending), pending.timeout);
    }
    this.dispatch(pending);
    if (this.links.length === 0) {
      void this.openAfterClosing();
    }
  }

  /** Gives it to a link that is up, in turn, or lets it wait for one. */
  private dispatch(pending: Pending): void {
    const { links } = this;
    for (let tries = 0; tries < links.length; tries++) {
      const link = links[this.nextLink++ % links.length] as Link;
      if (link.isUp && !this.isClosing) {
        pending.link = link;
        link.post(pending);
        return;
      }
    }
    this.wait(pending);
  }

  private wait(pending: Pending): void {
    const bytes = this.waitingBytes + pending.size;
    if (this.waiting.size >= MAX_WAITING || bytes > Math.max(MAX_WAITING_BYTES, pending.size)) {
      pending.fail(
        new RemoteCallError(
          'too much waits for a link',
          { calls: this.waiting.size, bytes: this.waitingBytes },
          { code: 'RESOURCE_EXHAUSTED' },
        ),
      );
      return;
    }
    pending.link = undefined;
    this.waiting.add(pending);
    this.waitingBytes = bytes;
  }

  private stopWaiting(pending: Pending): void {
    if (this.waiting.delete(pending)) {
      this.waitingBytes -= pending.size;
    }
  }

  private timedOut(pending: Pending): void {
    const { link, method, timeout } = pending;
    const context = { method, timeout };
    if (!pending.isSent) {
      pending.fail(
        unavailable(
          `'${method}' was not sent: no connection to ${this.names} within ${timeout} ms ` +
            '(option timeout)',
          context,
        ),
      );
      return;
    }
    pending.fail(noAnswer(pending));
    if (link?.isUp && this.isDeaf(link, pending)) {
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

  private callOf(link: Link, address: Buffer, id: unknown): PendingCall | undefined {
    const call = typeof id === 'number' ? this.calls.get(id) : undefined;
    if (call && call.link === link && call.address.equals(address)) {
      return call;
    }
    if (typeof id === 'number' && this.calls.isRetired(id)) {
      this.drops.count('late answer');
    } else {
      this.drops.add('answer to no call', () => `from ${link.name}`);
    }
    return undefined;
  }

  private awaitConnection(): Connection {
    const { timeout } = this.options;
    let resolve!: () => void;
    let reject!: (error: RemoteCallError) => void;
    const promise = new Promise<void>((...settle) => ([resolve, reject] = settle));
    const timer =
      timeout > 0
        ? setTimeout(() => {
            connection.reject(
              unavailable(`no connection to ${this.names} within ${timeout} ms (option timeout)`, {
                timeout,
              }),
            );
          }, timeout)
        : undefined;
    const end = (): void => {
      clearTimeout(timer);
      this.connection = undefined;
    };
    const connection: Connection = {
      promise,
      resolve: () => {
        end();
        resolve();
      },
      reject: (error) => {
        end();
        reject(error);
        this.closeUnused();
      },
    };
    return connection;
  }

  private get names(): string {
    return [...this.options.connect, ...this.options.bind].join(', ');
  }

  private async openAfterClosing(): Promise<void> {
    await this.closing;
    if (this.waiting.size > 0) {
      this.open();
    }
  }

  private open(): void {
    if (this.links.length > 0) {
      return;
    }
    this.links = this.createLinks();
    for (const link of this.links) {
      link.open().catch((error: RemoteCallError) => {
        // A link that was closed meanwhile is no concern of those after it.
        if (this.links.includes(link)) {
          this.cannotOpen(error);
        }
      });
    }
  }

  private createLinks(): Link[] {
    const { socket, connect, bind, identity, socketOptions, codec } = this.options;
    const create = (connections: readonly string[]): Link =>
      new Link(
        new SocketNode({
          type: socket,
          connect: connections,
          bind,
          ...(socket === 'dealer' ? { identity: identity ?? randomIdentity() } : {}),
          socketOptions: { maxMessageSize: codec.maxPayload, ...socketOptions },
        }),
        [...connections, ...bind].join(', '),
        this,
      );
    return socket === 'pub' ? [create(connect)] : connect.map((address) => create([address]));
  }

  /** A link that cannot even be opened will not come up by waiting. */
  private cannotOpen(error: RemoteCallError): void {
    this.listener.failed(error);
    for (const pending of [...this.waiting]) {
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
    const cancelled = new RemoteCallError('the client was closed', {}, { code: 'CANCELLED' });
    this.connection?.reject(cancelled);
    for (const pending of [...this.calls.values(), ...this.waiting]) {
      pending.fail(cancelled);
    }
    await Promise.all(this.links.map((link) => link.flush(CLOSE_FLUSH)));
    for (const event of [...this.events]) {
      if (!this.waiting.has(event)) {
        event.fail(cancelled);
      }
    }
    this.closeLinks();
    this.isClosing = false;
  }

  private closeLinks(): void {
    const { links } = this;
    this.links = [];
    this.wasConnected = false;
    for (const link of links) {
      link.close();
    }
  }
}

/** A ZeroMQ routing id that nobody else has, and that tells a router of ours whom it talks to. */
function randomIdentity(): string {
  return `nestjs-remote:${randomBytes(16).toString('base64url')}`;
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
