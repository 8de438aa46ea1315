import { type RemoteInfo, type Socket, createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, parseAddress, requireConnectable } from '../address.js';
import { bare, boundAddress, isMulticast, parseEndpoint, udpAddress } from './datagram-address.js';
import {
  type DatagramOptions,
  applyDatagramOptions,
  checkDatagramOptions,
} from './datagram-options.js';
import type { Node, NodeCapabilities, NodeListener } from '../node.js';
import { type Handover, SendQueue, type SendQueueLimits } from '../sending/send-queue.js';
import { QueuedNode, closedError } from '../queued-node.js';
import type { Batch, PackingLimits } from '../sending/peer-queue.js';

/** The largest payload of a UDP datagram over IPv4, in bytes. */
export const MAX_DATAGRAM = 65_507;

/** What one datagram holds, so that it fits into an Ethernet frame on any usual path. */
const PACKING: PackingLimits = { maxBytes: 1400, maxMessages: 128 };

/** How many datagrams may be on their way into the kernel: each takes a turn of the event loop. */
const MAX_UNDER_WAY = 64;

/** How many datagrams wait while the node is paused, as in the original; the rest is dropped. */
const RECEIVE_QUEUE = 128;

/** How long to wait before a broken socket is opened once more, in milliseconds. */
const REOPEN_DELAY = 1000;

/** Options of a {@link DatagramNode}: one of `bind` and `connect`. */
export interface DatagramNodeOptions {
  /** The address to receive on. A multicast group is joined. */
  bind?: string;
  /** The address to send to. */
  connect?: string;
  /** Options of `node:dgram`, by its own names. */
  datagramOptions?: DatagramOptions;
  /** How much may wait to be sent. */
  limits?: SendQueueLimits;
}

/**
 * A {@link Node} on a UDP socket, bound to a local address or connected to a remote one.
 *
 * Every frame of a message is one datagram. The address of a message is `host:port`; a connected
 * node sends to where it is connected, whatever the address. There is no delivery promise: a
 * datagram may be lost, doubled or overtaken.
 *
 * A refusal (ICMP port unreachable) takes the link down and, since a link is no more than an
 * address here, up again.
 *
 * Mirrors `DatagramNode` of the Python original.
 */
export class DatagramNode extends QueuedNode implements Node {
  private readonly target: Address;
  private readonly isBound: boolean;
  private readonly datagramOptions: DatagramOptions;
  private socket: Socket | undefined;
  private listener: NodeListener | undefined;
  private opening: Promise<void> | undefined;
  private generation = 0;
  private remote: { host: string; port: number } | undefined;
  private bound: string[] = [];
  protected readonly sendQueue: SendQueue;
  readonly capabilities: NodeCapabilities;
  private isPaused = false;
  private queue: [datagram: Buffer, from: RemoteInfo][] = [];

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor({ bind, connect, datagramOptions = {}, limits }: DatagramNodeOptions) {
    super();
    this.isBound = connect === undefined;
    const option = this.isBound ? 'bind' : 'connect';
    this.target = udpAddress(connect ?? bind, option);
    if (!this.isBound) {
      requireConnectable(this.target, option);
    }
    this.datagramOptions = checkDatagramOptions({ ...datagramOptions });
    this.capabilities = {
      ordered: false,
      multipart: false,
      oneToMany: this.sendsToMany,
      detectsLoss: false,
      maxFrame: MAX_DATAGRAM,
    };
    this.sendQueue = new SendQueue(
      {
        packing: PACKING,
        maxUnderWay: MAX_UNDER_WAY,
        handOver: (batch) => this.handOver(batch),
        // Nothing ever waits for a peer here, so nothing ever stalls.
        stalled: () => undefined,
      },
      limits,
    );
  }

  /**
   * Makes a node of an address.
   *
   * @param address `udp://host:port`
   * @param options `bind`: whether the address is a local one to receive on (default) or a remote one
   *   to send to
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for another scheme, or without host or port
   */
  static fromAddress(
    address: string,
    options: { bind?: boolean; datagramOptions?: DatagramOptions } = {},
  ): DatagramNode {
    const { bind = true, datagramOptions = {} } = options;
    return new DatagramNode({
      ...(bind ? { bind: address } : { connect: address }),
      datagramOptions,
    });
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

  /** Whether datagrams go to, or come from, a group of receivers. */
  get isMulticast(): boolean {
    return isMulticast(this.target.host);
  }

  /**
   * Whether it sends to several receivers: a connected socket would not take their answers, which
   * come from their own addresses, and cannot be connected to a broadcast address in the first place.
   */
  get sendsToMany(): boolean {
    return !this.isBound && (this.isMulticast || this.datagramOptions.broadcast === true);
  }

  open(listener: NodeListener): Promise<void> {
    if (this.socket) {
      return Promise.resolve();
    }
    return this.opening ?? this.begin(listener, this.target.port ?? 0);
  }

  /** @param address `host:port`; a connected node needs none */
  override send(
    frames: readonly Uint8Array[],
    address: Uint8Array = new Uint8Array(),
  ): Promise<void> {
    return super.send(frames, address);
  }

  /** What comes while paused waits in a queue of 128; the rest is dropped and counted. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    while (!this.isPaused && this.queue.length > 0) {
      const [datagram, from] = this.queue.shift() as [Buffer, RemoteInfo];
      this.deliver(datagram, from);
    }
  }

  close(): void {
    this.generation++;
    this.opening = undefined;
    this.shut(closedError());
    this.isPaused = false;
    this.queue = [];
  }

  /** Starts an opening that others may wait for. */
  private begin(listener: NodeListener, port: number): Promise<void> {
    const opening = this.openNow(listener, port).finally(() => {
      if (this.opening === opening) {
        this.opening = undefined;
      }
    });
    this.opening = opening;
    return opening;
  }

  private async openNow(listener: NodeListener, port: number): Promise<void> {
    const generation = ++this.generation;
    this.listener = listener;
    const { host } = this.target;
    const family = isIPv6(bare(host)) ? 6 : 4;
    const address = host === '*' ? undefined : (await this.resolve(host, family)).address;
    this.requireCurrent(generation);
    const { reuseAddr, ipv6Only, recvBufferSize, sendBufferSize } = this.datagramOptions;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      reuseAddr: reuseAddr ?? (this.isBound && this.isMulticast),
      ...(ipv6Only !== undefined && { ipv6Only }),
      ...(recvBufferSize !== undefined && { recvBufferSize }),
      ...(sendBufferSize !== undefined && { sendBufferSize }),
    });
    try {
      await this.prepare(socket, address, port);
      this.requireCurrent(generation);
    } catch (error) {
      socket.close();
      throw error;
    }
    this.start(socket, listener);
  }

  /** Binds or connects the socket, and sets its options. */
  private async prepare(socket: Socket, address: string | undefined, port: number): Promise<void> {
    const { text, host } = this.target;
    const { multicastInterface } = this.datagramOptions;
    const done = new Promise<void>((resolve, reject) => {
      socket.once('error', (cause: NodeJS.ErrnoException) => {
        const verb = this.isBound ? 'bind' : 'connect to';
        reject(
          new RemoteCallError(
            `cannot ${verb} ${text.replace(/\*$/, `${port || '*'}`)}: ${cause.code ?? cause.message}`,
            { address: text, errno: cause.code },
            { code: 'UNAVAILABLE', cause },
          ),
        );
      });
      if (this.isBound) {
        socket.bind({ port, ...(address !== undefined && { address }) }, resolve);
      } else if (this.sendsToMany) {
        socket.bind(0, resolve);
      } else {
        socket.once('connect', resolve);
        socket.connect(port, address);
      }
    });
    await done;
    socket.removeAllListeners('error');
    applyDatagramOptions(socket, this.datagramOptions);
    if (this.isBound && this.isMulticast) {
      this.join(socket, bare(host), multicastInterface);
    }
    this.remote = this.sendsToMany && address !== undefined ? { host: address, port } : undefined;
  }

  private join(socket: Socket, group: string, multicastInterface: string | undefined): void {
    try {
      socket.addMembership(group, multicastInterface);
    } catch (cause) {
      const { code: errno = 'UNKNOWN' } = cause as NodeJS.ErrnoException;
      throw new RemoteCallError(
        `cannot join ${this.target.text}: ${errno} (option datagramOptions.multicastInterface)`,
        { address: this.target.text, errno },
        { code: 'UNAVAILABLE', cause },
      );
    }
  }

  private start(socket: Socket, listener: NodeListener): void {
    this.socket = socket;
    this.sendCount = 0;
    this.receiveCount = 0;
    this.bound = this.isBound ? [boundAddress(socket, this.target)] : [];
    socket.on('message', (datagram, from) => this.received(datagram, from));
    socket.on('error', (error: NodeJS.ErrnoException) => this.broken(socket, error));
    listener.up?.();
  }

  private async resolve(host: string, family: 4 | 6): Promise<{ address: string }> {
    try {
      return await lookup(bare(host), { family });
    } catch (cause) {
      throw new RemoteCallError(
        `cannot resolve ${this.target.text}: ${(cause as NodeJS.ErrnoException).code}`,
        { address: this.target.text },
        { code: 'UNAVAILABLE', cause },
      );
    }
  }

  private requireCurrent(generation: number): void {
    if (this.generation !== generation) {
      throw closedError();
    }
  }

  private async handOver({ route, frames, messages }: Batch): Promise<Handover> {
    const { socket } = this;
    if (!socket) {
      return closedError();
    }
    try {
      for (const frame of frames) {
        await this.transmitAnyway(socket, frame, route.address);
      }
      if (this.socket === socket) {
        this.sendCount += messages.length;
      }
      return 'sent';
    } catch (error) {
      return sendError(error as NodeJS.ErrnoException);
    }
  }

  /**
   * Sends a datagram. A refusal that is reported meanwhile is that of an earlier one, and kept this
   * one from being sent: as nothing else is sent until it is, it is its turn in the end.
   */
  private async transmitAnyway(
    socket: Socket,
    frame: Uint8Array,
    address: Uint8Array,
  ): Promise<void> {
    for (;;) {
      try {
        return await this.transmit(socket, frame, address);
      } catch (error) {
        if (this.socket !== socket || (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') {
          throw error;
        }
        this.refused();
      }
    }
  }

  private transmit(socket: Socket, frame: Uint8Array, address: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = (error: Error | null): void => (error ? reject(error) : resolve());
      const remote = this.isBound ? parseEndpoint(address) : this.remote;
      if (remote) {
        socket.send(frame, remote.port, remote.host, sent);
      } else {
        socket.send(frame, sent);
      }
    });
  }

  private received(datagram: Buffer, from: RemoteInfo): void {
    if (!this.isPaused) {
      this.deliver(datagram, from);
    } else if (this.queue.length < RECEIVE_QUEUE) {
      this.queue.push([datagram, from]);
    } else {
      this.listener?.dropped?.('receive queue full');
    }
  }

  private deliver(datagram: Buffer, { address, port, family }: RemoteInfo): void {
    this.receiveCount++;
    const host = family === 'IPv6' ? `[${address}]` : address;
    this.listener?.message(Buffer.from(`${host}:${port}`), [datagram]);
  }

  private broken(socket: Socket, error: NodeJS.ErrnoException): void {
    if (this.socket !== socket) {
      return;
    }
    if (error.code === 'ECONNREFUSED') {
      this.refused();
    } else {
      this.reopen(error);
    }
  }

  /** Nobody listens there now; somebody may at any time. */
  private refused(): void {
    const { listener, socket } = this;
    listener?.down?.('connection refused');
    if (this.socket === socket) {
      listener?.up?.();
    }
  }

  /** Closes the socket and opens it again where it was. */
  private reopen(cause: Error): void {
    const { listener, socket } = this;
    if (!listener || !socket) {
      return;
    }
    const error = new RemoteCallError(
      'node transport reopened',
      { reason: cause.message },
      { code: 'UNAVAILABLE', cause },
    );
    const [bound = this.target.text] = this.bound;
    const generation = ++this.generation;
    this.shut(error);
    listener.down?.(error.message);
    listener.error?.(error);
    if (this.generation === generation) {
      void this.beginAgain(listener, parseAddress(bound).port ?? 0);
    }
  }

  /** Tries until it is open again or closed: the network may be gone for a while. */
  private async beginAgain(listener: NodeListener, port: number): Promise<void> {
    for (;;) {
      const opening = this.begin(listener, port);
      const { generation } = this;
      try {
        await opening;
        return;
      } catch (error) {
        if (this.generation !== generation) {
          return;
        }
        listener.error?.(error as RemoteCallError);
        await delay(REOPEN_DELAY, undefined, { ref: false });
        if (this.generation !== generation) {
          return;
        }
      }
    }
  }

  private shut(error: RemoteCallError): void {
    const { socket } = this;
    this.socket = undefined;
    this.bound = [];
    if (socket) {
      // What the kernel still says of a closed socket concerns nobody.
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.close();
    }
    for (const message of this.sendQueue.withdraw()) {
      message.failed(error);
    }
  }
}

function sendError(cause: NodeJS.ErrnoException): RemoteCallError {
  if (cause.code === 'EMSGSIZE') {
    return new RemoteCallError(
      `a datagram has room for ${MAX_DATAGRAM} bytes, or for datagramOptions.sendBufferSize`,
      {},
      { code: 'INVALID_ARGUMENT', cause },
    );
  }
  return new RemoteCallError(
    `cannot send: ${cause.code ?? cause.message}`,
    {},
    { code: 'UNAVAILABLE', cause },
  );
}
