import type { RemoteInfo, Socket } from 'node:dgram';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, requireConnectable } from '../address.js';
import { isLoopback } from '../loopback.js';
import type { NodeCapabilities, NodeListener } from '../node.js';
import type { Batch, PackingLimits } from '../sending/packing.js';
import type { Handover } from '../sending/send-queue.js';
import type { DatagramKeys } from '../security.js';
import type { SendQueueLimits } from '../sending/send-limits.js';
import { type OpenTransport, TransportNode } from '../transport-node.js';
import {
  type Endpoint,
  boundAddress,
  endpointText,
  isMulticast,
  parseEndpoint,
  udpAddress,
} from './datagram-address.js';
import { notSent, silent } from './datagram-errors.js';
import { type DatagramOptions, checkDatagramOptions } from './datagram-options.js';
import { type DatagramRole, openSocket } from './datagram-socket.js';
import { createSeal, sealSize } from './sealing/create-seal.js';
import type { DatagramSeal } from './sealing/datagram-seal.js';

/** The largest payload of a UDP datagram over IPv4, in bytes. */
const MAX_DATAGRAM = 65_507;

/** How much one datagram holds, so that it fits into an Ethernet frame on any usual path. */
const PACKING = {
  maxBytes: 1400,
  maxMessages: 128,
  firstMessages: 8,
  period: 'turn',
} satisfies PackingLimits;

/** How many times as long as its request an answer may be, unless told otherwise (RFC 9000, section 8). */
const AMPLIFICATION = 3;

/** How many datagrams may be on their way into the kernel: each takes a turn of the event loop. */
const MAX_UNDER_WAY = 64;

/** Options of a {@link DatagramNode}: one of `bind` and `connect`. */
export interface DatagramNodeOptions {
  /** The address to receive on. A multicast group is joined. */
  bind?: string;
  /** The address to send to. */
  connect?: string;
  /** Options of `node:dgram`, by its own names. */
  datagramOptions?: DatagramOptions;
  /** Seals datagrams, and drops those that are not sealed. */
  security?: DatagramKeys | undefined;
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
 * With keys a link to one address is up while the other side knows the session of this one.
 *
 * Mirrors `DatagramNode` of the Python original.
 */
export class DatagramNode extends TransportNode<Socket> {
  readonly capabilities: NodeCapabilities;

  protected readonly bindings: readonly Address[];

  private readonly role: DatagramRole;
  private readonly target: Address;
  private readonly datagramOptions: DatagramOptions;
  private readonly keys: DatagramKeys['keys'] | undefined;
  private remote: Endpoint | undefined;
  /** Of the open socket. */
  private seal: DatagramSeal | undefined;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor({ bind, connect, datagramOptions = {}, security, limits }: DatagramNodeOptions) {
    const overhead = security ? sealSize(security.keys) : 0;
    const packing = { ...PACKING, maxBytes: PACKING.maxBytes - overhead };
    super({ packing, maxUnderWay: MAX_UNDER_WAY, limits });
    this.keys = security?.keys;
    const option = connect === undefined ? 'bind' : 'connect';
    this.target = udpAddress(connect ?? bind, option);
    if (option === 'connect') {
      requireConnectable(this.target, option, connect);
    }
    this.datagramOptions = checkDatagramOptions({ ...datagramOptions });
    this.role = option === 'bind' ? 'receive' : this.sendsToMany() ? 'sendToMany' : 'send';
    this.bindings = option === 'bind' ? [this.target] : [];
    this.capabilities = {
      ordered: false,
      multipart: false,
      oneToMany: this.role === 'sendToMany',
      detectsLoss: false,
      maxFrame: MAX_DATAGRAM - overhead,
      sealSize: overhead,
    };
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

  /** Whether its address is a multicast group. */
  get isMulticast(): boolean {
    return isMulticast(this.target.host);
  }

  /** With keys, nobody gets an answer who has not proven its address. */
  answerLimit(sender: Uint8Array): number {
    const { amplification = AMPLIFICATION } = this.datagramOptions;
    return this.keys ||
      amplification === 0 ||
      isLoopback(parseEndpoint(Buffer.from(sender).toString()).host)
      ? Infinity
      : amplification;
  }

  /** @param address `host:port`; a connected node needs none */
  override send(
    frames: readonly Uint8Array[],
    address: Uint8Array = new Uint8Array(),
  ): Promise<void> {
    return super.send(frames, address);
  }

  protected async make(
    [binding]: readonly Address[],
    listener: NodeListener,
    signal: AbortSignal,
  ): Promise<OpenTransport<Socket>> {
    const { target, role } = this;
    // The host stays as it was given: a name may have another address by now.
    const port = binding?.port ?? target.port ?? 0;
    const { socket, remote } = await openSocket(
      role,
      { ...target, port },
      this.datagramOptions,
      signal,
    );
    this.remote = remote;
    this.seal = this.keys && this.createSeal(this.keys, socket, listener);
    return {
      transport: socket,
      addresses: role === 'receive' ? [boundAddress(socket, target)] : [],
    };
  }

  protected receive(socket: Socket, listener: NodeListener): void {
    socket.on('message', (datagram, from) => this.deliver(datagram, from, listener));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') {
        this.refused(socket);
      } else {
        this.broken(error.message, error);
      }
    });
    this.seal?.start();
  }

  protected async transmit(socket: Socket, { route, frames }: Batch): Promise<Handover> {
    try {
      for (const frame of frames) {
        await this.sendDatagram(socket, this.sealed(frame, route.peer), route.peer);
      }
      return 'sent';
    } catch (error) {
      return notSent(error as NodeJS.ErrnoException, this.capabilities.maxFrame);
    }
  }

  protected release({ transport: socket }: OpenTransport<Socket>): void {
    this.seal?.close();
    this.seal = undefined;
    // A closed socket may still report errors of the kernel; they have no effect any more.
    socket.removeAllListeners();
    socket.on('error', () => undefined);
    try {
      socket.close();
    } catch {
      // It was closed already, by the application that it is exposed to.
    }
  }

  /** With keys, a link is usable once the other side knows its session. */
  protected override get isUpOnceOpen(): boolean {
    return this.keys === undefined || this.role !== 'send';
  }

  private sendsToMany(): boolean {
    return this.isMulticast || this.datagramOptions.broadcast === true;
  }

  /**
   * Sends a datagram. An ECONNREFUSED is that of an earlier datagram, and has kept this one from
   * being sent: it is tried again, and nothing else is sent before it.
   *
   * @param address `host:port`, where the socket has no destination of its own
   */
  private sendDatagram(socket: Socket, datagram: Uint8Array, address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = (error: NodeJS.ErrnoException | null): void => {
        if (!error) {
          resolve();
        } else if (error.code === 'ECONNREFUSED' && this.transport === socket) {
          resolve(this.sendAfterRefusal(socket, datagram, address));
        } else {
          reject(error);
        }
      };
      const remote = this.role === 'receive' ? parseEndpoint(address) : this.remote;
      if (remote) {
        socket.send(datagram, remote.port, remote.host, sent);
      } else {
        socket.send(datagram, sent);
      }
    });
  }

  private async sendAfterRefusal(
    socket: Socket,
    datagram: Uint8Array,
    address: string,
  ): Promise<void> {
    this.refused(socket);
    await this.sendDatagram(socket, datagram, address);
  }

  private deliver(datagram: Buffer, from: RemoteInfo, listener: NodeListener): void {
    const source = endpointText(from);
    const payload = this.keys ? this.seal?.open(datagram, source) : datagram;
    if (payload) {
      this.receiveCount++;
      listener.message(Buffer.from(source), [payload]);
    }
  }

  /** Nothing listens at the other side now; something may at any time. */
  private refused(socket: Socket): void {
    if (this.seal) {
      this.seal.refused();
      return;
    }
    const { listener } = this;
    listener?.down?.('connection refused');
    if (this.transport === socket) {
      listener?.up?.();
    }
  }

  private createSeal(
    keys: DatagramKeys['keys'],
    socket: Socket,
    listener: NodeListener,
  ): DatagramSeal {
    const { text } = this.target;
    return createSeal(keys, this.role, {
      send: (datagram, address) => {
        // Whether it has arrived, its answer shows.
        this.sendDatagram(socket, datagram, address).catch(() => undefined);
      },
      dropped: (reason, source) => listener.dropped?.(reason, () => `from ${source}`),
      up: () => listener.up?.(),
      down: (reason) => listener.down?.(reason),
      silent: () => listener.error?.(silent(text, keys)),
      ended: () => this.reopen('the session has ended'),
    });
  }

  /** Nothing leaves in clear text where there are keys. */
  private sealed(frame: Uint8Array, address: string): Uint8Array {
    if (!this.keys) {
      return frame;
    }
    if (!this.seal) {
      throw new RemoteCallError('transport is closed', {}, { code: 'UNAVAILABLE' });
    }
    return this.seal.seal(frame, address);
  }
}
