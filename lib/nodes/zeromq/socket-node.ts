import type { MessageLike, Readable, Socket, Subscriber, Writable } from 'zeromq';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, needsIpv6, parseAddress } from '../address.js';
import { toBindable } from '../bindable.js';
import { EngineNode, type EngineNodeOptions, type EngineTraits } from '../engine-node.js';
import type { NodeListener } from '../node.js';
import type { CurveSecurity } from '../security.js';
import type { Batch } from '../sending/packing.js';
import type { Handover } from '../sending/send-queue.js';
import type { OpenTransport } from '../transport-node.js';
import { bindAll, release } from './binding.js';
import type { Connection } from './connection.js';
import { closeMonitored } from './connection-monitor.js';
import { Connections } from './connections.js';
import { curveOptions } from './curve-options.js';
import { receiveAll } from './receive-loop.js';
import {
  type SocketOptions,
  checkSocketOptions,
  connectionTimingOf,
  createSocket,
  sendTimeoutOf,
  setSocketOption,
} from './socket-options.js';
import { type Admission, admitPeersOf } from './zap-handler.js';

const ENGINE: EngineTraits = {
  schemes: ['tcp', 'ipc', 'inproc'],
  takes: 'a ZeroMQ socket takes tcp://, ipc:// or inproc://',
  // More than 128 messages make a frame no cheaper (7.2 to 13 million/s).
  packing: { maxBytes: 64 * 1024, maxMessages: 128 },
};

const OTHER_SERVER = 'is serverKey the public key of this server?';

/** Options of a {@link SocketNode}. */
export interface SocketNodeOptions extends EngineNodeOptions {
  /**
   * Options of zeromq.js by its own names. `sendTimeout` (ms; default 0, none) is how long a peer
   * may take nothing before the transport is closed and opened again.
   */
  socketOptions?: SocketOptions;
  /**
   * Encrypts the links by CURVE, and lets only known peers in where the node listens. A ROUTER with it
   * lets nobody take the identity of a peer that is connected. Default none.
   */
  security?: CurveSecurity | undefined;
}

/** Stands for addresses that are not known yet. */
const ANYWHERE = parseAddress('tcp://*:0');

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
export class SocketNode extends EngineNode<Socket> {
  private connections: Connections | undefined;
  private readonly socketOptions: Record<string, unknown>;
  /** Where it listens with security: its place at the ZAP handler. */
  private admission: Admission | undefined;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(private readonly options: SocketNodeOptions) {
    super(options, ENGINE);
    const { sendTimeout, ...socketOptions } = options.socketOptions ?? {};
    checkSocketOptions(this.type, socketOptions);
    this.socketOptions = socketOptions;
    this.tryOptions(socketOptions);
    connectionTimingOf(socketOptions);
    this.sendQueue.sendTimeout = sendTimeoutOf(sendTimeout);
  }

  /** The routing id, or `(anonymous)` where none was set. */
  get identity(): string | Uint8Array {
    return this.options.identity ?? '(anonymous)';
  }

  /**
   * Sets an option of zeromq.js by its name, on the open socket and for the next opening.
   *
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for a name or value that cannot be used
   */
  setOption(name: string, value: unknown): void {
    if (name === 'sendTimeout') {
      this.sendQueue.sendTimeout = sendTimeoutOf(value);
      return;
    }
    checkSocketOptions(this.type, { [name]: value });
    connectionTimingOf({ [name]: value });
    if (this.transport && !name.startsWith('reconnect')) {
      setSocketOption(this.transport, name, value);
    } else {
      this.tryOptions({ [name]: value });
    }
    this.socketOptions[name] = value;
  }

  protected make(
    bindings: readonly Address[],
    listener: NodeListener,
    signal: AbortSignal,
  ): OpenTransport<Socket> | Promise<OpenTransport<Socket>> {
    const socket = this.createSocket(listener);
    // Connecting is done at once; only binding takes time.
    if (bindings.length > 0) {
      return this.bind(socket, bindings, signal);
    }
    this.allowIpv6(socket);
    return this.connect(socket, []);
  }

  protected receive(socket: Socket, listener: NodeListener): void {
    if (this.type === 'pub') {
      return;
    }
    const isCurrent = (): boolean => this.transport === socket;
    receiveAll(socket as Socket & Readable, isCurrent, ([address, ...frames]) => {
      if (!address) {
        return 0;
      }
      this.receiveCount++;
      return listener.message(address, frames) ?? 1;
    }).catch((error: Error) => {
      if (isCurrent()) {
        this.broken(error.message, error);
      }
    });
  }

  protected async transmit(socket: Socket, { route, frames }: Batch): Promise<Handover> {
    const writable = socket as Socket & Writable<MessageLike[]>;
    try {
      await writable.send([route.address, ...route.head, ...frames] as MessageLike[]);
      return 'sent';
    } catch (error) {
      return handoverOf(error);
    }
  }

  protected release({ transport, addresses }: OpenTransport<Socket>): void {
    release(addresses);
    this.connections?.close();
    closeMonitored(transport);
    this.admission?.end();
    this.admission = undefined;
  }

  protected connectTo(_socket: Socket, addresses: readonly Address[]): void {
    this.connections?.follow(addresses);
  }

  protected addTopic(socket: Socket, topic: string): void {
    (socket as Subscriber).subscribe(topic);
  }

  protected removeTopic(socket: Socket, topic: string): void {
    (socket as Subscriber).unsubscribe(topic);
  }

  /** Throws for an option that libzmq refuses. */
  private tryOptions(options: SocketOptions): void {
    if (Object.keys(options).length > 0 || this.options.identity !== undefined) {
      createSocket(this.type, this.options.identity, options).close();
    }
  }

  /** Secret keys are in no member: what is inspected may be logged. */
  private allOptions(): SocketOptions {
    const { security } = this.options;
    return {
      // libzmq does not say by whose key a message came: whoever is connected keeps its identity.
      ...(this.type === 'router' && security && { handover: false }),
      ...this.socketOptions,
      ...curveOptions(security),
    };
  }

  private createSocket(listener: NodeListener): Socket {
    const { identity } = this.options;
    const create = (): Socket => createSocket(this.type, identity, this.allOptions());
    if (!this.connects) {
      return create();
    }
    const isCurrent = (): boolean => this.transport === socket;
    const { detectsLoss } = this.capabilities;
    const timing = {
      ...connectionTimingOf(this.socketOptions),
      ...(this.options.security && { advice: OTHER_SERVER }),
    };
    this.connections = new Connections(create, timing, {
      up: (address) => isCurrent() && this.reached(address, listener),
      down: (reason) => isCurrent() && detectsLoss && listener.down?.(reason),
      failed: (address, refusal) => isCurrent() && listener.unreachable?.(address, refusal),
      error: (error) => isCurrent() && listener.error?.(error),
      hung: (connection) => isCurrent() && this.hung(connection, listener),
    });
    const { socket } = this.connections;
    return socket;
  }

  private reached(address: string, listener: NodeListener): void {
    listener.reached?.(address);
    if (this.capabilities.detectsLoss) {
      listener.up?.();
    }
  }

  private hung(connection: Connection, listener: NodeListener): void {
    listener.unreachable?.(connection.address.text);
    if (this.targets.length === 1 && this.bindings.length === 0) {
      this.reopen(`${connection.address.text} neither accepts nor refuses the handshake`);
    } else {
      connection.retry();
    }
  }

  private async bind(
    socket: Socket,
    bindings: readonly Address[],
    signal: AbortSignal,
  ): Promise<OpenTransport<Socket>> {
    const { security } = this.options;
    let admission: Admission | undefined;
    let addresses: readonly string[];
    try {
      if (security?.role === 'server') {
        admission = await admitPeersOf(security, (error) => this.listener?.error?.(error), signal);
        setSocketOption(socket, 'zapDomain', admission.domain);
      }
      const places = await Promise.all(bindings.map((binding) => toBindable(binding, signal)));
      signal.throwIfAborted();
      this.allowIpv6(socket, places);
      addresses = await bindAll(socket, places, signal);
    } catch (error) {
      closeMonitored(socket);
      admission?.end();
      throw error;
    }
    this.admission = admission;
    return this.connect(socket, addresses);
  }

  private connect(socket: Socket, addresses: readonly string[]): OpenTransport<Socket> {
    try {
      this.topics.forEach((topic) => this.addTopic(socket, topic));
      this.connectTo(socket, this.targets);
      return { transport: socket, addresses };
    } catch (error) {
      this.release({ transport: socket, addresses });
      throw error;
    }
  }

  /** Lets a socket use IPv6 where one of its addresses may need it, unless the option says otherwise. */
  private allowIpv6(socket: Socket, places: readonly Address[] = []): void {
    // What it will follow may be of either family, and libzmq wants to know before it connects.
    const followed = this.options.follows ? [ANYWHERE] : [];
    const isNeeded = [...places, ...this.given, ...followed].some(needsIpv6);
    if (isNeeded && this.socketOptions['ipv6'] === undefined) {
      setSocketOption(socket, 'ipv6', true);
    }
  }
}

/** What becomes of a batch that libzmq did not take. */
function handoverOf(cause: unknown): Handover {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EAGAIN':
      return 'full';
    case 'EHOSTUNREACH':
      return new RemoteCallError('the peer is not connected', {}, { code: 'UNAVAILABLE', cause });
    default:
      return new RemoteCallError('cannot send', {}, { code: 'INTERNAL', cause });
  }
}
