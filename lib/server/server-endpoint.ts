import { setImmediate, setTimeout } from 'node:timers/promises';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { EnvelopeMessage } from '../nodes/sending/envelope-message.js';
import { createNodes } from '../nodes/create-node.js';
import type { Node } from '../nodes/node.js';
import { Codec } from '../cbor/codec.js';
import { MessageReader } from '../protocol/message-reader.js';
import { MessageWriter } from '../protocol/message-writer.js';
import { DropCounter, type DropReport } from '../observe/drop-counter.js';
import { ResponseEncoder } from './calls/response-encoder.js';
import { Responder } from './calls/responder.js';
import { ConcurrencyGate, type GateLevel } from './calls/concurrency-gate.js';
import type { IncomingCall } from './calls/incoming-call.js';
import { RequestReceiver, type RequestReceiverOwner } from './calls/request-receiver.js';
import type { Peer } from './peers/peer.js';
import { CallTable } from './calls/call-table.js';
import type { ResolvedServerOptions } from './server-options.js';
import { CallDeadlines } from './calls/call-deadlines.js';

/** How long responder may take to leave when the server closes, in milliseconds. */
const CLOSE_FLUSH = 1000;

/**
 * How long clients have to read their last responder before the sockets close, in milliseconds. A
 * client's libzmq throws away what the client has not read yet when its link ends (ZMQ_IMMEDIATE).
 */
const CLOSE_GRACE = 100;

/** How long a client that was answered hears of the end of its server, in milliseconds. */
const REMEMBERED = 60_000;

/** What a {@link ServerEndpoint} tells its owner. */
export interface ServerEndpointListener {
  /** A request or an event is to be handled; it has its slot until `call.release()`. */
  call(call: IncomingCall): void;
  connected(): void;
  disconnected(reason: string): void;
  failed(error: RemoteCallError): void;
  dropped(report: DropReport): void;
  /** A value had to be left out of an error, or an answer could not be encoded. */
  unencodable(method: string, problem: string): void;
}

/**
 * The answering side of the protocol: takes requests and events in, lets as many be handled at once
 * as may be, within their time, and ends every request, whatever becomes of the sockets.
 *
 * Mirrors `Service` of the Python original.
 */
export class ServerEndpoint implements RequestReceiverOwner {
  readonly responder: Responder;

  private readonly nodes: readonly Node[];
  private readonly intakes = new Map<Node, RequestReceiver>();
  private readonly nodesUp = new Set<Node>();
  private readonly writer: MessageWriter;
  private readonly running = new CallTable();
  private readonly timeLimit: CallDeadlines;
  private readonly gate: ConcurrencyGate<IncomingCall>;
  private readonly drops: DropCounter;
  private state: 'closed' | 'open' | 'draining' = 'closed';
  private closing: Promise<void> | undefined;
  /** Counts calls of `close`, so that an opening notices that it was overtaken. */
  private closes = 0;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or socket option that cannot be */
  constructor(
    private readonly options: ResolvedServerOptions,
    private readonly listener: ServerEndpointListener,
  ) {
    const codec = new Codec(options.codec);
    const reader = new MessageReader(codec);
    this.writer = new MessageWriter(codec, { headers: options.extension });
    this.drops = new DropCounter((report) => listener.dropped(report));
    const encoder = new ResponseEncoder(this.writer, listener.unencodable.bind(listener));
    this.responder = new Responder(encoder, this.running, this.drops);
    this.timeLimit = new CallDeadlines(options.timeout, this.running, this.responder);
    this.gate = new ConcurrencyGate(
      options.concurrency,
      (call) => this.start(call),
      (level) => this.holdBack(level),
    );
    this.nodes = createNodes({
      ...options,
      role: 'server',
      // Many small values at once are ordinary: what waits is limited in bytes alone.
      limits: { maxMessages: Infinity },
      socketOptions: { maxMessageSize: options.codec.maxPayload, ...options.socketOptions },
    });
    for (const node of this.nodes) {
      const intake = new RequestReceiver(node, options, reader, this.responder, this.drops, this);
      this.intakes.set(node, intake);
    }
  }

  get addresses(): readonly string[] {
    return this.nodes.flatMap((node) => node.addresses);
  }

  get sockets(): readonly unknown[] {
    return this.nodes.flatMap((node) => node.sockets);
  }

  get dropCounts(): ReadonlyMap<string, number> {
    return this.drops.counts;
  }

  /** Counts something that had to be dropped. */
  drop(reason: string, detail: () => string): void {
    this.drops.add(reason, detail);
  }

  /** Counts something that was to be expected, without reporting it. */
  dropQuietly(reason: string): void {
    this.drops.count(reason);
  }

  /**
   * Opens all sockets.
   *
   * @param topics SUB: what to subscribe to
   * @throws {RemoteCallError} naming the address that cannot be bound; nothing stays open then
   */
  async open(topics: readonly string[]): Promise<void> {
    const { closes } = this;
    // Not awaited for nothing: a close() that follows at once must find the server open.
    if (this.closing) {
      await this.closing;
      this.requireNotClosed(closes);
    }
    if (this.state === 'open') {
      return;
    }
    this.state = 'open';
    try {
      for (const [node, intake] of this.intakes) {
        await this.openNode(node, intake);
        this.requireNotClosed(closes);
        if (this.options.socket === 'sub') {
          topics.forEach((topic) => node.subscribe?.(topic));
        }
      }
      this.gate.refresh();
    } catch (error) {
      if (this.closes === closes) {
        this.closeNodes();
      }
      throw error;
    }
  }

  /** Lets running handlers answer, cancels those that take too long, and closes the sockets. */
  close(): Promise<void> {
    this.closes++;
    this.closing ??= this.closeNow().finally(() => {
      this.closing = undefined;
    });
    return this.closing;
  }

  admit(call: IncomingCall): void {
    if (this.state !== 'open') {
      this.responder.refuse(call);
    } else if (!this.running.add(call)) {
      this.drop('request that is already running', () => call.method);
    } else {
      this.gate.enter(call);
    }
  }

  released(call: IncomingCall): void {
    this.running.delete(call);
    this.gate.leave();
  }

  private requireNotClosed(closes: number): void {
    if (this.closes !== closes) {
      throw new RemoteCallError('the server was closed', {}, { code: 'CANCELLED' });
    }
  }

  private openNode(node: Node, intake: RequestReceiver): Promise<void> {
    return node.open({
      message: (sender, frames) => intake.take(sender, frames),
      up: () => this.up(node),
      down: (reason) => this.down(node, reason),
      error: (error) => this.listener.failed(error),
      dropped: (reason) => this.drop(reason, () => 'on UDP'),
    });
  }

  private up(node: Node): void {
    if (this.nodesUp.size === 0) {
      this.listener.connected();
    }
    this.nodesUp.add(node);
  }

  private down(node: Node, reason: string): void {
    if (this.nodesUp.delete(node) && this.nodesUp.size === 0) {
      this.listener.disconnected(reason);
    }
  }

  /** Handles a call that has its slot now. */
  private start(call: IncomingCall): void {
    if (this.state !== 'open') {
      this.responder.refuse(call);
      call.release();
    } else if (call.id === undefined) {
      this.listener.call(call);
    } else if (!call.awaitsResponse) {
      // Its caller went away, or was told so, while it waited for a slot.
      call.release();
    } else if (!this.timeLimit.begin(call, this.timeOf(call))) {
      this.drop('request whose time was up', () => call.method);
      this.timeLimit.expire(call);
      call.release();
    } else {
      this.listener.call(call);
    }
  }

  /** The time now; without a gate nothing has waited since it arrived. */
  private timeOf({ arrivedAt }: IncomingCall): number {
    return this.options.concurrency > 0 ? performance.now() : arrivedAt;
  }

  /**
   * Lets what arrives wait outside. Sockets are read ahead of the limit, since a caller may cancel
   * what holds the slots; datagrams have no order, and a queue of their own.
   */
  private holdBack(level: GateLevel): void {
    for (const node of this.nodes) {
      if (level === 'crowded' || (level === 'full' && !node.capabilities.ordered)) {
        node.pause();
      } else {
        node.resume();
      }
    }
  }

  private async closeNow(): Promise<void> {
    if (this.state === 'closed') {
      return;
    }
    this.state = 'draining';
    this.sayGoodbye();
    // What waits, here or in the sockets, is answered now, with an error.
    for (const call of this.gate.clear()) {
      this.responder.refuse(call);
      this.running.delete(call);
    }
    this.nodes.forEach((node) => node.resume());
    await this.running.allSettled(this.options.shutdownTimeout);
    for (const call of this.running.all()) {
      this.responder.failAndAbort(call, {
        message: 'the server was closed',
        context: {},
        code: 'CANCELLED',
      });
    }
    await Promise.all(this.nodes.map((node) => node.flush(CLOSE_FLUSH)));
    await this.letClientsRead();
    this.closeNodes();
  }

  /** Tells extended clients, whose calls run or lately did, to send no more of them here. */
  private sayGoodbye(): void {
    if (!this.options.extension || this.options.socket === 'sub') {
      return;
    }
    const lately = performance.now() - REMEMBERED;
    for (const peer of this.peers()) {
      const isConcerned = peer.isExtended && (peer.isBusy || peer.sentAt >= lately);
      if (isConcerned && peer.node.capabilities.ordered) {
        peer.node.post(new EnvelopeMessage(peer, this.writer.goodbye(), true));
      }
    }
  }

  private async letClientsRead(): Promise<void> {
    const lastSentAt = this.peers().reduce(
      (latest, { sentAt }) => Math.max(latest, sentAt),
      -Infinity,
    );
    const left = lastSentAt + CLOSE_GRACE - performance.now();
    if (left > 0) {
      await setTimeout(left);
      // A client on this event loop, should it have been blocked, gets its turn to read.
      await setImmediate();
      await setImmediate();
    }
  }

  private peers(): Peer[] {
    return [...this.intakes.values()].flatMap(({ peers }) => peers.all());
  }

  private closeNodes(): void {
    this.state = 'closed';
    this.timeLimit.stop();
    for (const [node, { peers }] of this.intakes) {
      node.close();
      peers.clear();
      this.down(node, 'closed');
    }
  }
}
