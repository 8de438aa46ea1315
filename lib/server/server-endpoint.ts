import { setTimeout as startTimer } from 'node:timers';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { DropCounter, type DropReport } from '../reporting/drop-counter.js';
import { DatagramNode } from '../nodes/datagram-node.js';
import type { Node, NodeListener } from '../nodes/node.js';
import { SocketNode } from '../nodes/socket-node.js';
import { Codec } from '../protocol/codec.js';
import type { OutgoingError } from '../protocol/error-object.js';
import { renderIdentity } from '../protocol/identity.js';
import {
  type Header,
  type MalformedMessage,
  type Message,
  MessageType,
} from '../protocol/message.js';
import { MessageReader } from '../protocol/message-reader.js';
import { MessageWriter } from '../protocol/message-writer.js';
import { AnswerEncoder } from './answer-encoder.js';
import { ConcurrencyGate } from './concurrency-gate.js';
import { createNodes } from './create-nodes.js';
import { type CallOwner, IncomingCall, type Origin, Reply } from './incoming-call.js';
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
export class ServerEndpoint implements CallOwner {
  private readonly nodes: readonly Node[];
  private readonly nodesUp = new Set<Node>();
  private readonly reader: MessageReader;
  private readonly encoder: AnswerEncoder;
  private readonly running = new RunningCalls();
  private readonly gate: ConcurrencyGate;
  private readonly drops: DropCounter;
  private state: 'closed' | 'open' | 'draining' = 'closed';
  private closing: Promise<void> | undefined;
  private lastReplyAt = -Infinity;
  /** Counts calls of `close`, so that an opening notices that it was overtaken. */
  private closes = 0;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or socket option that cannot be */
  constructor(
    private readonly options: ResolvedServerOptions,
    private readonly listener: ServerEndpointListener,
  ) {
    const codec = new Codec(options.codec);
    this.reader = new MessageReader(codec);
    this.encoder = new AnswerEncoder(
      new MessageWriter(codec),
      options.extension,
      listener.unencodable.bind(listener),
    );
    this.drops = new DropCounter((report) => listener.dropped(report));
    this.gate = new ConcurrencyGate(
      options.concurrency,
      () => this.nodes.forEach((node) => node.pause()),
      () => this.nodes.forEach((node) => node.resume()),
    );
    this.nodes = createNodes(options);
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
    clearTimeout(call.timer);
  }

  /** Answers a request with an error. */
  reject(call: IncomingCall, error: OutgoingError): void {
    const { id } = call;
    if (id !== undefined && this.running.settle(call)) {
      this.reply(call, this.encoder.error(call, id, error));
    }
  }

  released(call: IncomingCall): void {
    clearTimeout(call.timer);
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

  private message(node: Node, sender: Buffer, frames: Buffer[]): void {
    const [first, second, third] = frames;
    const hasReturnAddress = this.options.socket === 'router' && node instanceof SocketNode;
    const isEmpty = first === undefined || (frames.length === 1 && first.length === 0);
    if (isEmpty && node instanceof DatagramNode) {
      this.drop('empty message', () => `from ${renderIdentity(sender)}`); // Nobody greets on UDP.
    } else if (isEmpty) {
      this.forget(node, sender);
    } else if (!hasReturnAddress) {
      if (second?.equals(UNREACHABLE)) {
        this.drop('answer to an unreachable client', () => renderIdentity(sender));
      } else {
        this.payload({ node, sender, returnAddress: undefined }, first);
      }
    } else if (second === undefined) {
      this.drop('wrong number of frames', () => `from ${renderIdentity(sender)}`);
    } else if (third?.equals(UNREACHABLE)) {
      this.drop('answer to an unreachable client', () => renderIdentity(sender));
    } else {
      this.payload({ node, sender, returnAddress: first }, second);
    }
  }

  private payload(origin: Origin, payload: Buffer): void {
    const { messages, malformed } = this.reader.read(payload);
    for (const message of messages) {
      this.take(origin, message);
    }
    if (malformed) {
      this.takeMalformed(origin, malformed);
    }
  }

  private take(origin: Origin, message: Message): void {
    if (message.type === MessageType.RESPONSE) {
      this.drop('answer to no call', () => `from ${renderIdentity(origin.sender)}`);
      return;
    }
    const id = message.type === MessageType.REQUEST ? message.id : undefined;
    if (id !== undefined && this.options.socket === 'sub') {
      this.drop('request on SUB', () => message.method);
      return;
    }
    const isExtended = this.options.extension && message.header !== undefined;
    const call = new IncomingCall(
      origin,
      id,
      message.method,
      message.args,
      isExtended ? metadataOf(message.header) : undefined,
      isExtended,
      shorter(this.options.timeout, isExtended ? message.header?.timeout : undefined),
      this,
    );
    if (this.state !== 'open') {
      this.turnAway(origin, call);
    } else if (!this.running.add(call)) {
      this.drop('request that is already running', () => message.method);
    } else {
      this.gate.enter(() => this.start(call));
    }
  }

  private start(call: IncomingCall): void {
    if (this.state !== 'open') {
      this.running.settle(call);
      this.turnAway(call.origin, call);
      call.release();
      return;
    }
    if (!this.running.isOwed(call)) {
      // Its caller went away, or was told so, while it waited for a slot.
      call.release();
      return;
    }
    const { timeout } = call.lifetime;
    if (timeout > 0 && call.id !== undefined) {
      call.timer = startTimer(() => this.timedOut(call), timeout);
    }
    this.listener.call(call);
  }

  /** The server is closing: nothing new is taken. */
  private turnAway(origin: Origin, call: IncomingCall): void {
    if (call.id === undefined) {
      this.drop('event while closing', () => call.method);
    } else {
      this.post(origin, this.encoder.error(call, call.id, CLOSING));
    }
  }

  private timedOut(call: IncomingCall): void {
    const seconds = call.lifetime.timeout / 1000;
    const message = 'method timed out';
    this.reject(call, { message, context: { timeout: seconds }, code: 'DEADLINE_EXCEEDED' });
    call.abort(new RemoteCallError(message, { timeout: seconds }, { code: 'DEADLINE_EXCEEDED' }));
  }

  private takeMalformed(origin: Origin, { reason, type, id }: MalformedMessage): void {
    this.drop('malformed message', () => `${reason}, from ${renderIdentity(origin.sender)}`);
    if (type === MessageType.REQUEST && id !== undefined && this.options.socket !== 'sub') {
      this.post(origin, this.encoder.malformed(id, reason));
    }
  }

  /** An extended sender said hello or goodbye: what it had in flight is over. */
  private forget(node: Node, sender: Buffer): void {
    const gone = new RemoteCallError('the caller is gone', {}, { code: 'CANCELLED' });
    for (const call of this.running.of(node, sender)) {
      if (call.isExtended) {
        this.running.settle(call);
        call.abort(gone);
      }
    }
  }

  private reply(call: IncomingCall, payload: Buffer): void {
    clearTimeout(call.timer);
    this.post(call.origin, payload);
  }

  private post(origin: Origin, payload: Buffer): void {
    this.lastReplyAt = performance.now();
    origin.node.post(
      new Reply(origin, payload, (error) => {
        this.drop('answer not sent', () => `${error.message}: ${renderIdentity(origin.sender)}`);
      }),
    );
  }

  private async closeNow(): Promise<void> {
    if (this.state === 'closed') {
      return;
    }
    this.state = 'draining';
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
    const left = this.lastReplyAt + CLOSE_GRACE - performance.now();
    if (left > 0) {
      await setTimeout(left);
      // A client on this event loop, should it have been blocked, gets its turn to read.
      await setImmediate();
      await setImmediate();
    }
  }

  private closeNodes(): void {
    this.state = 'closed';
    for (const node of this.nodes) {
      node.close();
      this.down(node, 'closed');
    }
  }
}

/** What the caller set; never an empty map. */
function metadataOf(header: Header | undefined): Record<string, string> | undefined {
  const metadata = header?.metadata;
  return metadata && Object.keys(metadata).length > 0 ? metadata : undefined;
}

/** The shorter of two times, where 0 and undefined mean none. */
function shorter(ours: number, theirs: number | undefined): number {
  return theirs === undefined || theirs === 0 || theirs > LONGEST_TIMER
    ? ours
    : Math.min(ours || theirs, theirs);
}
