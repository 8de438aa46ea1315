import { setImmediate, setTimeout } from 'node:timers/promises';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { DropCounter, type DropReport } from '../reporting/drop-counter.js';
import { EnvelopeMessage } from '../nodes/envelope-message.js';
import { DatagramNode } from '../nodes/datagram-node.js';
import type { Node, NodeListener } from '../nodes/node.js';
import { SocketNode } from '../nodes/socket-node.js';
import { Codec } from '../protocol/codec.js';
import type { OutgoingError } from '../protocol/error-object.js';
import { renderIdentity } from '../protocol/identity.js';
import { Envelope } from '../protocol/envelope.js';
import {
  type CancelMessage,
  type Header,
  type MalformedMessage,
  type Message,
  MessageType,
  type NotificationMessage,
  type RequestMessage,
} from '../protocol/message.js';
import { MessageReader } from '../protocol/message-reader.js';
import { MessageWriter } from '../protocol/message-writer.js';
import { Deadlines } from '../timing/deadlines.js';
import { AnswerEncoder } from './answer-encoder.js';
import { ConcurrencyGate, type GateLevel } from './concurrency-gate.js';
import { createNodes } from './create-nodes.js';
import { type CallOwner, IncomingCall } from './incoming-call.js';
import type { Peer } from './peer.js';
import { PeerTable } from './peer-table.js';
import { Reply, type ReplyKind, type ReplyOwner } from './reply.js';
import { RunningCalls } from './running-calls.js';
import type { ResolvedServerOptions } from './server-options.js';

/** How long answers may take to leave when the server closes, in milliseconds. */
const CLOSE_FLUSH = 1000;

/** A longer timer, in milliseconds, would fire at once. */
const LONGEST_TIMER = 0x7fff_ffff;

/**
 * How long clients have to read their last answers before the sockets close, in milliseconds. A
 * client's libzmq throws away what the client has not read yet when its link ends (ZMQ_IMMEDIATE).
 */
const CLOSE_GRACE = 100;

/** The third frame of a message that a router could not deliver (protocol.md 2.5). */
const UNREACHABLE = Buffer.from('unreachable');

/** The answer to a request that comes too late. */
const CLOSING: OutgoingError = {
  message: 'the server is closing',
  context: {},
  code: 'UNAVAILABLE',
};

/** The last answer to a caller that takes its answers too slowly. */
const TOO_SLOW: OutgoingError = {
  message: 'too much waits for the caller',
  context: {},
  code: 'RESOURCE_EXHAUSTED',
};

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
 * The answering side of the protocol: takes requests and events in, keeps account of what runs, and
 * sends every request exactly one answer.
 *
 * Mirrors `Service` of the Python original.
 */
export class ServerEndpoint implements CallOwner, ReplyOwner {
  private readonly nodes: readonly Node[];
  private readonly peers = new Map<Node, PeerTable>();
  private readonly nodesUp = new Set<Node>();
  private readonly reader: MessageReader;
  private readonly writer: MessageWriter;
  private readonly encoder: AnswerEncoder;
  private readonly running = new RunningCalls();
  private readonly deadlines = new Deadlines<IncomingCall>(
    () => this.running.all(),
    (call) => this.timedOut(call),
  );
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
    this.reader = new MessageReader(codec);
    this.writer = new MessageWriter(codec, { headers: options.extension });
    this.encoder = new AnswerEncoder(this.writer, listener.unencodable.bind(listener));
    this.drops = new DropCounter((report) => listener.dropped(report));
    this.gate = new ConcurrencyGate(
      options.concurrency,
      (call) => this.start(call),
      (level) => this.holdBack(level),
    );
    this.nodes = createNodes(options);
    for (const node of this.nodes) {
      this.peers.set(node, new PeerTable(node));
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
      for (const node of this.nodes) {
        await node.open(this.nodeListener(node));
        this.requireNotClosed(closes);
        if (node instanceof SocketNode && this.options.socket === 'sub') {
          topics.forEach((topic) => node.subscribe(topic));
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

  /** Answers a request with a value; `undefined` is "no value". */
  respond(call: IncomingCall, result: unknown): void {
    const { id } = call;
    if (id !== undefined && this.running.settle(call)) {
      this.reply(call, this.encoder.result(call, id, result));
    }
  }

  /** The handler has produced its first value: its time limit has been kept. */
  began(call: IncomingCall): void {
    call.dueAt = 0;
  }

  /** Whether the caller takes several values, one by one. */
  streamsTo({ isExtended, id, peer }: IncomingCall): boolean {
    return isExtended && id !== undefined && !(peer.node instanceof DatagramNode);
  }

  /** Sends one of several values. */
  item(call: IncomingCall, value: unknown): void {
    const { id } = call;
    if (id === undefined || !call.isOwed) {
      return;
    }
    const item = this.encoder.item(call, id, value);
    if (item instanceof Envelope) {
      call.items++;
      this.post(call, item, 'item');
    } else {
      this.giveUp(call, item);
    }
  }

  /** Resolves when little waits for the caller; undefined where that is so now. */
  room({ peer }: IncomingCall): Promise<void> | undefined {
    return peer.node.room(peer);
  }

  /** Answers a request with an error. */
  reject(call: IncomingCall, error: OutgoingError): void {
    const { id } = call;
    if (id !== undefined && this.running.settle(call)) {
      this.reply(call, this.encoder.error(call, id, error));
    }
  }

  released(call: IncomingCall): void {
    call.dueAt = 0;
    this.running.delete(call);
    this.gate.leave();
  }

  private requireNotClosed(closes: number): void {
    if (this.closes !== closes) {
      throw new RemoteCallError('the server was closed', {}, { code: 'CANCELLED' });
    }
  }

  private nodeListener(node: Node): NodeListener {
    return {
      message: (sender, frames) => this.message(node, sender, frames),
      up: () => this.up(node),
      down: (reason) => this.down(node, reason),
      error: (error) => this.listener.failed(error),
      dropped: (reason) => this.drop(reason, () => 'on UDP'),
    };
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

  private message(node: Node, sender: Buffer, frames: Buffer[]): number | undefined {
    const [first, second] = frames;
    const hasReturnAddress = this.options.socket === 'router' && node instanceof SocketNode;
    const isEmpty = first === undefined || (frames.length === 1 && first.length === 0);
    if (isEmpty && node instanceof DatagramNode) {
      this.drop('empty message', () => `from ${renderIdentity(sender)}`); // Nobody greets on UDP.
    } else if (isEmpty) {
      this.forget(node, sender);
    } else if (!hasReturnAddress) {
      return this.payload(node, sender, undefined, frames);
    } else if (second === undefined) {
      this.drop('wrong number of frames', () => `from ${renderIdentity(sender)}`);
    } else {
      return this.payload(node, sender, first, frames.slice(1));
    }
    return undefined;
  }

  /** @returns how many envelopes it held */

  private payload(
    node: Node,
    sender: Buffer,
    returnAddress: Buffer | undefined,
    [payload, ...frames]: Buffer[],
  ): number {
    if (frames[0]?.equals(UNREACHABLE)) {
      this.drop('answer to an unreachable client', () => renderIdentity(sender));
      return 1;
    }
    const { messages, malformed } = this.reader.read(payload as Buffer, frames);
    const now = performance.now();
    const peer = (this.peers.get(node) as PeerTable).heard(sender, returnAddress, now);
    // The envelopes after the first may leave out their headers.
    const isExtended = this.options.extension && messages[0]?.header !== undefined;
    for (const message of messages) {
      this.take(peer, message, isExtended, now);
    }
    if (malformed) {
      this.takeMalformed(peer, malformed);
    }
    return messages.length;
  }

  private take(peer: Peer, message: Message, isExtended: boolean, now: number): void {
    switch (message.type) {
      case MessageType.REQUEST:
        if (this.options.socket === 'sub') {
          this.drop('request on SUB', () => message.method);
        } else {
          this.admit(peer, message, isExtended, now);
        }
        break;
      case MessageType.NOTIFICATION:
        this.admit(peer, message, isExtended, now);
        break;
      case MessageType.CANCEL:
        this.cancel(peer, message);
        break;
      default:
        this.drop('answer to no call', () => `type ${message.type} from ${peer.name}`);
    }
  }

  private admit(
    peer: Peer,
    message: RequestMessage | NotificationMessage,
    isExtended: boolean,
    now: number,
  ): void {
    const { method, args } = message;
    const header = isExtended ? message.header : undefined;
    peer.isExtended = isExtended;
    const call = new IncomingCall(
      peer,
      message.type === MessageType.REQUEST ? message.id : undefined,
      method,
      args,
      metadataOf(header),
      isExtended,
      header?.timeout ?? 0,
      now,
      this,
    );
    if (this.state !== 'open') {
      this.turnAway(call);
    } else if (!this.running.add(call)) {
      this.drop('request that is already running', () => method);
    } else {
      this.gate.enter(call);
    }
  }

  /** The caller no longer wants the answer. */
  private cancel(peer: Peer, { id }: CancelMessage): void {
    const call = peer.get(id);
    if (call && this.options.extension) {
      this.abandon(call, 'the caller cancelled the call');
    }
  }

  /** Ends a call that nobody wants answered any more. */
  private abandon(call: IncomingCall, reason: string): void {
    call.isCancelled = true;
    this.running.settle(call);
    call.dueAt = 0;
    call.abort(new RemoteCallError(reason, {}, { code: 'CANCELLED' }));
  }

  private start(call: IncomingCall): void {
    if (this.state !== 'open') {
      this.running.settle(call);
      this.turnAway(call);
      call.release();
      return;
    }
    if (call.id !== undefined) {
      if (!call.isOwed) {
        // Its caller went away, or was told so, while it waited for a slot.
        call.release();
        return;
      }
      if (!this.limitTime(call)) {
        this.drop('request whose time was up', () => call.method);
        this.timedOut(call);
        call.release();
        return;
      }
    }
    this.listener.call(call);
  }

  /** Limits the time of a request; false where it is up already. */
  private limitTime(call: IncomingCall): boolean {
    const { patience, arrivedAt } = call;
    // Without a gate nothing waits.
    const now = this.options.concurrency > 0 ? performance.now() : arrivedAt;
    const left = patience - (now - arrivedAt);
    if (patience > 0 && left <= 0) {
      return false;
    }
    const timeout = shorter(this.options.timeout, patience > 0 ? left : 0);
    if (timeout > 0) {
      call.endsAt = call.dueAt = now + timeout;
      this.deadlines.watch(call);
    }
    return true;
  }

  /** The server is closing: nothing new is taken. */
  private turnAway(call: IncomingCall): void {
    if (call.id === undefined) {
      this.drop('event while closing', () => call.method);
    } else {
      this.reply(call, this.encoder.error(call, call.id, CLOSING));
    }
  }

  private timedOut(call: IncomingCall): void {
    const timeout = shorter(this.options.timeout, call.patience) / 1000;
    this.giveUp(call, {
      message: 'method timed out',
      context: { timeout },
      code: 'DEADLINE_EXCEEDED',
    });
  }

  /** Answers with an error, and lets the handler know. */
  private giveUp(call: IncomingCall, error: OutgoingError): void {
    const { message, context, code = 'UNKNOWN' } = error;
    this.reject(call, error);
    call.abort(new RemoteCallError(message, context, { code }));
  }

  private takeMalformed(peer: Peer, { reason, type, id }: MalformedMessage): void {
    this.drop('malformed message', () => `${reason}, from ${peer.name}`);
    if (type === MessageType.REQUEST && id !== undefined && this.options.socket !== 'sub') {
      peer.node.post(new EnvelopeMessage(peer, this.encoder.malformed(id, reason), false));
    }
  }

  /** An extended sender said hello or goodbye: what it had in flight is over. */
  private forget(node: Node, sender: Buffer): void {
    for (const peer of this.peers.get(node)?.of(sender) ?? []) {
      peer.isExtended = false;
      peer.epoch++;
      for (const call of peer.running()) {
        if (call.isExtended) {
          this.abandon(call, 'the caller is gone');
        }
      }
    }
  }

  private reply(call: IncomingCall, envelope: Envelope): void {
    call.dueAt = 0;
    this.post(call, envelope, 'answer');
  }

  private post(call: IncomingCall, envelope: Envelope, kind: ReplyKind): void {
    call.peer.node.post(new Reply(call, envelope, kind, this));
  }

  /** Something could not be sent. Where that is for lack of room, its caller is at least told so. */
  lost({ call, kind }: Reply, error: RemoteCallError): void {
    const { id, peer } = call;
    const isExhausted = error.code === 'RESOURCE_EXHAUSTED';
    if (kind === 'item') {
      call.items--;
      if (!isExhausted) {
        this.abandon(call, error.message);
        return;
      }
      if (!this.running.settle(call)) {
        return; // Told so already.
      }
    }
    this.drop('answer not sent', () => `${error.message}: ${peer.name}`);
    if (isExhausted && id !== undefined) {
      this.post(call, this.encoder.error(call, id, TOO_SLOW), 'last resort');
      call.abort(new RemoteCallError(TOO_SLOW.message, {}, { code: 'RESOURCE_EXHAUSTED' }));
    }
  }

  /** Tells extended clients, whose calls run or lately did, to send no more of them here. */
  private sayGoodbye(): void {
    if (!this.options.extension || this.options.socket === 'sub') {
      return;
    }
    const lately = performance.now() - REMEMBERED;
    for (const node of this.nodes) {
      for (const peer of node instanceof SocketNode ? (this.peers.get(node)?.all() ?? []) : []) {
        if (peer.isExtended && (peer.isBusy || peer.sentAt >= lately)) {
          node.post(new EnvelopeMessage(peer, this.writer.goodbye(), true));
        }
      }
    }
  }

  /**
   * Lets what arrives wait outside. Sockets are read ahead of the limit, since a caller may cancel
   * what holds the slots; datagrams have no order, and a queue of their own.
   */
  private holdBack(level: GateLevel): void {
    for (const node of this.nodes) {
      if (level === 'crowded' || (level === 'full' && node instanceof DatagramNode)) {
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
    // What waits in the sockets is answered now, with an error.
    this.nodes.forEach((node) => node.resume());
    await this.running.allSettled(this.options.shutdownTimeout);
    const closed = new RemoteCallError('the server was closed', {}, { code: 'CANCELLED' });
    for (const call of this.running.all()) {
      this.reject(call, { message: closed.message, context: {}, code: 'CANCELLED' });
      call.abort(closed);
    }
    await Promise.all(this.nodes.map((node) => node.flush(CLOSE_FLUSH)));
    await this.letClientsRead();
    this.closeNodes();
  }

  private async letClientsRead(): Promise<void> {
    const peers = [...this.peers.values()].flatMap((table) => table.all());
    const lastSentAt = Math.max(...peers.map(({ sentAt }) => sentAt));
    const left = lastSentAt + CLOSE_GRACE - performance.now();
    if (left > 0) {
      await setTimeout(left);
      // A client on this event loop, should it have been blocked, gets its turn to read.
      await setImmediate();
      await setImmediate();
    }
  }

  private closeNodes(): void {
    this.state = 'closed';
    this.deadlines.stop();
    for (const node of this.nodes) {
      node.close();
      this.peers.get(node)?.clear();
      this.down(node, 'closed');
    }
  }
}

/** What the caller set; never an empty map. */
function metadataOf(header: Header | undefined): Record<string, string> | undefined {
  const metadata = header?.metadata;
  return metadata && Object.keys(metadata).length > 0 ? metadata : undefined;
}

/** The shorter of two times, where 0 means none. */
function shorter(ours: number, theirs: number): number {
  return theirs === 0 || theirs > LONGEST_TIMER
    ? ours
    : Math.min(ours || theirs, theirs);
}
