import type { MessageLike, Readable, Socket, Subscriber, Writable } from 'zeromq';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, parseAddress, requireConnectable } from '../address.js';
import { bindAll, release } from './binding.js';
import { connectAll, createWatched } from './connecting.js';
import type { Node, NodeCapabilities, NodeListener } from '../node.js';
import { type Handover, SendQueue, type SendQueueLimits } from '../sending/send-queue.js';
import { QueuedNode, closedError } from '../queued-node.js';
import type { Batch, PackingLimits } from '../sending/peer-queue.js';
import { ReceiveLoop } from './receive-loop.js';
import {
  type SocketOptions,
  type SocketType,
  checkSocketOptions,
  createSocket,
  sendTimeoutOf,
  setSocketOption,
} from './socket-options.js';

/** What one frame holds: more than 128 messages make it no cheaper (7.2 to 13 million/s). */
const PACKING: PackingLimits = { maxBytes: 64 * 1024, maxMessages: 128 };

/** Options of a {@link SocketNode}. */
export interface SocketNodeOptions {
  type: SocketType;
  /** Addresses to listen on. Default none. */
  bind?: readonly string[];
  /** Addresses to connect to. Default none. */
  connect?: readonly string[];
  /** The ZeroMQ routing id. Default: none, the peer then makes one up. */
  identity?: string | Uint8Array;
  /** SUB: prefixes to subscribe to. Default: none. */
  topics?: readonly string[];
  /**
   * Options of zeromq.js by its own names. `sendTimeout` (ms; default 0, none) is how long a peer
   * may take nothing before the transport is closed and opened again.
   */
  socketOptions?: SocketOptions;
  /** How much may wait to be sent. */
  limits?: SendQueueLimits;
}

/**
 * A {@link Node} on a ZeroMQ socket: ROUTER, DEALER, PUB or SUB.
 *
 * The first frame of a message is its address: the identity of a ROUTER's peer, what the protocol
 * puts first on a DEALER, the topic on PUB (and nothing of use on SUB).
 *
 * Defaults: PROBE_ROUTER and ZMQ_IMMEDIATE on DEALER, ROUTER_HANDOVER, ROUTER_MANDATORY and, where
 * libzmq has it, ROUTER_NOTIFY on ROUTER, a linger of one second on all.
 *
 * Mirrors `SocketNode` of the Python original.
 */
export class SocketNode extends QueuedNode implements Node {
  private readonly bindings: readonly Address[];
  private readonly connections: readonly Address[];
  private readonly topics: Set<string>;
  private readonly socketOptions: Record<string, unknown>;
  protected readonly sendQueue: SendQueue;
  readonly capabilities: NodeCapabilities;
  private readonly reception = new ReceiveLoop();
  private listener: NodeListener | undefined;
  /** Counts openings and closings, so that an opening notices that it was overtaken. */
  private generation = 0;
  private socket: Socket | undefined;
  private bound: string[] = [];
  private opening: Promise<void> | undefined;
  /** An opening that `close` overtook and that still holds its addresses. It never rejects. */
  private overtaken: Promise<void> | undefined;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(private readonly options: SocketNodeOptions) {
    super();
    this.bindings = (options.bind ?? []).map((text) => zeromqAddress(text, 'bind'));
    this.connections = (options.connect ?? []).map((text) => zeromqAddress(text, 'connect'));
    for (const address of this.connections) {
      requireConnectable(address, 'connect');
    }
    this.topics = new Set(options.topics);
    this.capabilities = {
      ordered: true,
      multipart: true,
      oneToMany: this.options.type === 'pub',
      detectsLoss: this.hasMonitor,
      maxFrame: Infinity,
    };
    const { sendTimeout, ...socketOptions } = options.socketOptions ?? {};
    checkSocketOptions(options.type, socketOptions);
    this.socketOptions = socketOptions;
    this.tryOptions(socketOptions);
    this.sendQueue = new SendQueue(
      {
        packing: PACKING,
        handOver: (batch) => this.handOver(batch),
        stalled: () => this.reopen('a peer took nothing for the sendTimeout'),
      },
      options.limits,
    );
    this.sendQueue.sendTimeout = sendTimeoutOf(sendTimeout);
  }

  get closed(): boolean {
    return this.socket === undefined;
  }

  get addresses(): readonly string[] {
    return this.bound;
  }

  get sockets(): readonly Socket[] {
    return this.socket ? [this.socket] : [];
  }

  /** The routing id, or `(anonymous)` where none was set. */
  get identity(): string | Uint8Array {
    return this.options.identity ?? '(anonymous)';
  }

  open(listener: NodeListener): Promise<void> {
    if (this.socket) {
      return Promise.resolve();
    }
    return this.opening ?? this.begin(listener, this.bindings);
  }

  pause(): void {
    this.reception.pause();
  }

  resume(): void {
    this.reception.resume();
  }

  close(): void {
    this.generation++;
    this.overtaken = this.opening?.catch(() => undefined) ?? this.overtaken;
    this.opening = undefined;
    this.reception.resume();
    this.shut(closedError());
  }

  /** SUB: asks for the topics that begin with `topic` too. Kept for the next opening. */
  subscribe(topic: string): void {
    // libzmq counts: a topic that was asked for twice would have to be taken back twice.
    if (!this.topics.has(topic)) {
      this.topics.add(topic);
      this.subscriber()?.subscribe(topic);
    }
  }

  /** SUB: takes {@link subscribe} back. */
  unsubscribe(topic: string): void {
    if (this.topics.delete(topic)) {
      this.subscriber()?.unsubscribe(topic);
    }
  }

  /**
   * Sets an option of zeromq.js by its name, on the open socket and for the next opening.
   *
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for a name or value that cannot be
   */
  setOption(name: string, value: unknown): void {
    if (name === 'sendTimeout') {
      this.sendQueue.sendTimeout = sendTimeoutOf(value);
      return;
    }
    checkSocketOptions(this.options.type, { [name]: value });
    if (this.socket) {
      setSocketOption(this.socket, name, value);
    } else {
      this.tryOptions({ [name]: value });
    }
    this.socketOptions[name] = value;
  }

  /** Throws for an option that libzmq refuses. */
  private tryOptions(options: SocketOptions): void {
    if (Object.keys(options).length > 0 || this.options.identity !== undefined) {
      createSocket(this.options.type, this.options.identity, options).close();
    }
  }

  /** Starts an opening that others may wait for. */
  private begin(listener: NodeListener, bindings: readonly Address[]): Promise<void> {
    const opening = this.openNow(listener, bindings).finally(() => {
      if (this.opening === opening) {
        this.opening = undefined;
      }
    });
    // Connecting is done at once; only binding takes time.
    if (!this.socket) {
      this.opening = opening;
    }
    return opening;
  }

  private async openNow(listener: NodeListener, bindings: readonly Address[]): Promise<void> {
    const generation = ++this.generation;
    this.listener = listener;
    if (this.overtaken) {
      await this.overtaken;
      this.requireCurrent(generation);
    }
    const socket = this.createSocket(listener);
    let bound: string[] = [];
    try {
      if (bindings.length > 0) {
        bound = await bindAll(socket, bindings);
        this.requireCurrent(generation);
      }
      for (const topic of this.topics) {
        (socket as Subscriber).subscribe(topic);
      }
      connectAll(socket, this.connections);
    } catch (error) {
      release(bound);
      socket.close();
      throw error;
    }
    this.overtaken = undefined;
    this.socket = socket;
    this.bound = bound;
    this.sendCount = 0;
    this.receiveCount = 0;
    if (this.options.type !== 'pub') {
      void this.receive(socket as Socket & Readable);
    }
    if (!this.hasMonitor) {
      listener.up?.();
    }
  }

  private requireCurrent(generation: number): void {
    if (this.generation !== generation) {
      throw closedError();
    }
  }

  /** Whether libzmq tells when the link is up: `inproc://` gives no events, PUB and SUB need none. */
  private get hasMonitor(): boolean {
    return (
      this.options.type === 'dealer' && this.connections.some(({ scheme }) => scheme !== 'inproc')
    );
  }

  private createSocket(listener: NodeListener): Socket {
    const create = (): Socket =>
      createSocket(this.options.type, this.options.identity, this.socketOptions);
    if (!this.hasMonitor) {
      return create();
    }
    const socket = createWatched(create, this.connections, {
      up: () => this.socket === socket && listener.up?.(),
      down: (reason) => this.socket === socket && listener.down?.(reason),
      error: (error) => this.socket === socket && listener.error?.(error),
    });
    return socket;
  }

  private async receive(socket: Socket & Readable): Promise<void> {
    const isCurrent = (): boolean => this.socket === socket;
    try {
      await this.reception.run(socket, isCurrent, ([address, ...frames]) => {
        if (!address) {
          return 0;
        }
        this.receiveCount++;
        return this.listener?.message(address, frames) ?? 1;
      });
    } catch (error) {
      if (isCurrent()) {
        this.reopen((error as Error).message);
      }
    }
  }

  private async handOver({ route, frames, messages }: Batch): Promise<Handover> {
    const { socket } = this;
    if (!socket) {
      return closedError();
    }
    try {
      const writable = socket as Socket & Writable<MessageLike[]>;
      await writable.send([route.address, ...route.head, ...frames] as MessageLike[]);
      if (this.socket === socket) {
        this.sendCount += messages.length;
      }
      return 'sent';
    } catch (error) {
      if (this.socket !== socket) {
        return closedError();
      }
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 'full' : notSent(error);
    }
  }

  /** Closes the transport and opens it again where it was, and says so to all that waited. */
  private reopen(reason: string): void {
    const { listener, bound } = this;
    if (!this.socket || !listener) {
      return;
    }
    const error = new RemoteCallError(
      'node transport reopened',
      { reason },
      { code: 'UNAVAILABLE' },
    );
    const generation = ++this.generation;
    // First, so that whoever listens can take back what waits.
    listener.down?.(error.message);
    listener.error?.(error);
    if (this.generation !== generation) {
      return;
    }
    this.shut(error);
    const bindings = bound.map((text) => parseAddress(text, 'bind'));
    this.begin(listener, bindings).catch((cause: unknown) => {
      if (this.generation === generation + 1) {
        listener.error?.(
          new RemoteCallError('transport is closed', { bound }, { code: 'UNAVAILABLE', cause }),
        );
      }
    });
  }

  private shut(error: RemoteCallError): void {
    const { socket, bound } = this;
    this.socket = undefined;
    this.bound = [];
    release(bound);
    socket?.close();
    for (const message of this.sendQueue.withdraw()) {
      message.failed(error);
    }
  }

  private subscriber(): Subscriber | undefined {
    return this.options.type === 'sub' ? (this.socket as Subscriber | undefined) : undefined;
  }
}

function zeromqAddress(text: string, option: string): Address {
  const address = parseAddress(text, option);
  if (address.scheme === 'udp') {
    throw new RemoteCallError(
      `${option} '${text}' is a UDP address: a ZeroMQ socket takes tcp://, ipc:// or inproc://`,
      { option, value: text },
      { code: 'INVALID_ARGUMENT' },
    );
  }
  return address;
}

function notSent(cause: unknown): RemoteCallError {
  const isUnknown = (cause as NodeJS.ErrnoException).code === 'EHOSTUNREACH';
  return isUnknown
    ? new RemoteCallError('the peer is not connected', {}, { code: 'UNAVAILABLE', cause })
    : new RemoteCallError('cannot send', {}, { code: 'INTERNAL', cause });
}
