import { setTimeout } from 'node:timers/promises';
import type { MessageLike, Readable, Socket, Subscriber, Writable } from 'zeromq';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { type Address, parseAddress, requireConnectable } from '../protocol/address.js';
import { isAnswering } from './ipc-path.js';
import { watchLink } from './link-monitor.js';
import type { Node, NodeListener, OutgoingMessage } from './node.js';
import { type Handover, Outbox, type OutboxLimits } from './outbox.js';
import { SingleMessage } from './single-message.js';
import {
  type SocketOptions,
  type SocketType,
  checkSocketOptions,
  createSocket,
  setSocketOption,
} from './socket-options.js';

/** How long to wait before trying again where the other side refused the credentials, in ms. */
const REFUSED_RETRY = 1000;

/** How often, and how far apart in milliseconds, a broken transport is opened again. */
const REOPEN_ATTEMPTS = 40;
const REOPEN_DELAY = 50;

/** How often a socket is made anew when libzmq cannot watch it. */
const MONITOR_ATTEMPTS = 5;

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
  limits?: OutboxLimits;
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
export class SocketNode implements Node {
  sendCount = 0;
  receiveCount = 0;

  private readonly bindings: readonly Address[];
  private readonly connections: readonly Address[];
  private readonly topics: Set<string>;
  private readonly socketOptions: Record<string, unknown>;
  private readonly outbox: Outbox;
  private listener: NodeListener | undefined;
  /** Counts openings and closings, so that an opening notices that it was overtaken. */
  private generation = 0;
  private socket: Socket | undefined;
  private opening: Promise<void> | undefined;
  private bound: string[] = [];
  private resumed: Promise<void> | undefined;
  private resumeNow: (() => void) | undefined;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(private readonly options: SocketNodeOptions) {
    this.bindings = (options.bind ?? []).map((text) => zeromqAddress(text, 'bind'));
    this.connections = (options.connect ?? []).map((text) => zeromqAddress(text, 'connect'));
    for (const address of this.connections) {
      requireConnectable(address, 'connect');
    }
    this.topics = new Set(options.topics);
    const { sendTimeout = 0, ...socketOptions } = options.socketOptions ?? {};
    checkSocketOptions(options.type, socketOptions);
    if (Object.keys(socketOptions).length > 0) {
      createSocket(options.type, options.identity, socketOptions).close();
    }
    this.socketOptions = socketOptions;
    this.outbox = new Outbox(
      (message) => this.handOver(message),
      () => void this.reopen('a peer took nothing for the sendTimeout'),
      options.limits,
    );
    this.outbox.sendTimeout = Number(sendTimeout);
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
    this.opening ??= this.openNow(listener, this.bindings).finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  post(message: OutgoingMessage): void {
    if (this.socket) {
      this.outbox.post(message);
    } else {
      message.failed(closedError());
    }
  }

  send(frames: readonly Uint8Array[], address: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.post(new SingleMessage(address, frames, resolve, reject));
    });
  }

  withdraw(): OutgoingMessage[] {
    return this.outbox.withdraw();
  }

  flush(timeout: number): Promise<void> {
    return this.outbox.flush(timeout);
  }

  pause(): void {
    this.resumed ??= new Promise((resolve) => {
      this.resumeNow = resolve;
    });
  }

  resume(): void {
    this.resumeNow?.();
    this.resumed = undefined;
    this.resumeNow = undefined;
  }

  close(): void {
    this.generation++;
    this.shut(closedError());
  }

  /** SUB: asks for the topics that begin with `topic` too. Kept for the next opening. */
  subscribe(topic: string): void {
    this.topics.add(topic);
    this.subscriber()?.subscribe(topic);
  }

  /** SUB: takes one {@link subscribe} back. */
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
      this.outbox.sendTimeout = Number(value);
      return;
    }
    checkSocketOptions(this.options.type, { [name]: value });
    if (this.socket) {
      setSocketOption(this.socket, name, value);
    }
    this.socketOptions[name] = value;
  }

  private async openNow(listener: NodeListener, bindings: readonly Address[]): Promise<void> {
    const generation = ++this.generation;
    this.listener = listener;
    const socket = this.createWatchedSocket(listener);
    const bound: string[] = [];
    try {
      for (const address of bindings) {
        bound.push(await bindSocket(socket, address));
      }
      if (this.generation !== generation) {
        throw closedError();
      }
      for (const topic of this.topics) {
        (socket as Subscriber).subscribe(topic);
      }
      for (const { text } of this.connections) {
        socket.connect(text);
      }
    } catch (error) {
      socket.close();
      throw error;
    }
    this.socket = socket;
    this.bound = bound;
    this.sendCount = 0;
    this.receiveCount = 0;
    if (this.options.type !== 'pub') {
      void this.receive(socket as Socket & Readable);
    }
    if (!this.isWatched) {
      listener.up?.();
    }
  }

  /** Whether libzmq tells when the link is up: `inproc://` gives no events, PUB and SUB need none. */
  private get isWatched(): boolean {
    return (
      this.options.type === 'dealer' && this.connections.some(({ scheme }) => scheme !== 'inproc')
    );
  }

  private createWatchedSocket(listener: NodeListener): Socket {
    const { type, identity } = this.options;
    for (let attempt = 1; ; attempt++) {
      const socket = createSocket(type, identity, this.socketOptions);
      try {
        if (this.isWatched) {
          watchLink(socket, {
            up: () => this.socket === socket && listener.up?.(),
            down: (reason) => this.socket === socket && listener.down?.(reason),
            refused: (reason, isFinal) => this.refused(socket, reason, isFinal),
          });
        }
        return socket;
      } catch (error) {
        socket.close();
        if (attempt === MONITOR_ATTEMPTS) {
          throw new RemoteCallError(
            'cannot watch the socket',
            {},
            { code: 'INTERNAL', cause: error },
          );
        }
      }
    }
  }

  private refused(socket: Socket, reason: string, isFinal: boolean): void {
    if (this.socket !== socket) {
      return;
    }
    const addresses = this.connections.map(({ text }) => text);
    this.listener?.error?.(
      new RemoteCallError(
        `${addresses.join(', ')} refused the handshake: ${reason}`,
        { addresses },
        { code: 'UNAUTHENTICATED' },
      ),
    );
    if (isFinal) {
      void setTimeout(REFUSED_RETRY, undefined, { ref: false }).then(() => this.reconnect(socket));
    }
  }

  private reconnect(socket: Socket): void {
    if (this.socket === socket) {
      for (const { text } of this.connections) {
        socket.disconnect(text);
        socket.connect(text);
      }
    }
  }

  private async receive(socket: Socket & Readable): Promise<void> {
    try {
      while (this.socket === socket) {
        await this.resumed;
        const [address, ...frames] = await socket.receive();
        if (this.socket === socket && address) {
          this.receiveCount++;
          this.listener?.message(address, frames);
        }
      }
    } catch (error) {
      if (this.socket === socket) {
        await this.reopen((error as Error).message);
      }
    }
  }

  private async handOver(message: OutgoingMessage): Promise<Handover> {
    const { socket } = this;
    if (!socket) {
      return closedError();
    }
    try {
      const writable = socket as Socket & Writable<MessageLike[]>;
      await writable.send([message.address, ...message.frames()] as MessageLike[]);
      this.sendCount++;
      return 'sent';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 'full' : notSent(error);
    }
  }

  /** Closes the transport and opens it again where it was, and says so to all that waited. */
  private async reopen(reason: string): Promise<void> {
    const { listener, bound, generation } = this;
    if (!listener) {
      return;
    }
    const error = new RemoteCallError(
      'node transport reopened',
      { reason },
      { code: 'UNAVAILABLE' },
    );
    this.shut(error);
    listener.down?.(error.message);
    listener.error?.(error);
    const bindings = bound.map((text) => parseAddress(text, 'bind'));
    for (let attempt = 1; this.generation === generation + attempt - 1; attempt++) {
      try {
        await this.openNow(listener, bindings);
        return;
      } catch (cause) {
        if (attempt === REOPEN_ATTEMPTS) {
          listener.error?.(
            new RemoteCallError('transport is closed', { bound }, { code: 'UNAVAILABLE', cause }),
          );
          return;
        }
        // libzmq closes in the background: the port is free a moment later.
        await setTimeout(REOPEN_DELAY);
      }
    }
  }

  private shut(error: RemoteCallError): void {
    const { socket } = this;
    this.socket = undefined;
    this.bound = [];
    this.resume();
    socket?.close();
    for (const message of this.outbox.withdraw()) {
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

/** Binds a socket to one address and tells where, with the port that the system chose. */
async function bindSocket(socket: Socket, { scheme, host, text }: Address): Promise<string> {
  try {
    if (scheme === 'ipc' && (await isAnswering(host))) {
      throw Object.assign(new Error('address in use'), { code: 'EADDRINUSE' });
    }
    await socket.bind(text);
    return socket.lastEndpoint ?? text;
  } catch (cause) {
    const { code: errno = 'UNKNOWN', message } = cause as NodeJS.ErrnoException;
    throw new RemoteCallError(
      `cannot bind ${text}: ${errno} (${message})`,
      { address: text, errno },
      { code: 'UNAVAILABLE', cause },
    );
  }
}

function closedError(): RemoteCallError {
  return new RemoteCallError('transport is closed', {}, { code: 'UNAVAILABLE' });
}

function notSent(cause: unknown): RemoteCallError {
  const isUnknown = (cause as NodeJS.ErrnoException).code === 'EHOSTUNREACH';
  return isUnknown
    ? new RemoteCallError('the peer is not connected', {}, { code: 'UNAVAILABLE', cause })
    : new RemoteCallError('cannot send', {}, { code: 'INTERNAL', cause });
}
