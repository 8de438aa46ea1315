import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, requireConnectable } from '../address.js';
import { toBindable } from '../bindable.js';
import type { NodeCapabilities, NodeListener } from '../node.js';
import { readableAddresses } from '../readable-addresses.js';
import type { AuthenticatedPeer, CurveSecurity } from '../security.js';
import type { Batch, PackingLimits } from '../sending/packing.js';
import type { SendQueueLimits } from '../sending/send-limits.js';
import type { Handover } from '../sending/send-queue.js';
import { type OpenTransport, TransportNode } from '../transport-node.js';
import type { SocketType } from './core/socket-type.js';
import { netAddress } from './endpoint.js';
import { IdentityOwners } from './identity-owners.js';
import { type ZmtpSettings, resolveZmtpOptions } from './zmtp-options.js';
import { ZmtpSocket } from './zmtp-socket.js';

/** What one frame holds, as with the engine zeromq: peers of both are alike. */
const PACKING: PackingLimits = { maxBytes: 64 * 1024, maxMessages: 128, firstMessages: 8 };

/** The most that is encrypted at once, in bytes: its memory is that of WebAssembly. */
const MAX_ENCRYPTED = 0x2000_0000;

/** Options of a {@link ZmtpNode}. */
export interface ZmtpNodeOptions {
  type: 'router' | 'dealer' | 'pub' | 'sub';
  /** Addresses to listen on, `tcp://` or `ipc://`. Default none. */
  bind?: readonly string[];
  /** Addresses to connect to. Default none. */
  connect?: readonly string[];
  /** PUB and SUB: whether it will `follow` addresses. Default: where it has some to connect to. */
  follows?: boolean;
  /** The ZeroMQ routing id. Default: none, the peer then makes one up. */
  identity?: string | Uint8Array;
  /** SUB: prefixes to subscribe to. Default: none. */
  topics?: readonly string[];
  /** Those of zeromq.js that `ZmtpOptions` has, and four of its own. */
  socketOptions?: object;
  /** How much may wait to be sent. */
  limits?: SendQueueLimits;
  /** Encrypts all links, and says who may come in. Default: none, NULL or PLAIN. */
  security?: CurveSecurity | undefined;
}

/**
 * A {@link Node} that speaks ZMTP 3.1 by itself, over `node:net`: without libzmq and its threads.
 *
 * Messages look as those of a `SocketNode`, and a peer may be of either kind, or any other that has
 * libzmq from 4.0 on. Greetings and farewells come as there.
 */
export class ZmtpNode extends TransportNode<ZmtpSocket> {
  readonly capabilities: NodeCapabilities;

  protected readonly bindings: readonly Address[];

  private readonly type: SocketType;
  private readonly identity: Uint8Array;
  private readonly settings: ZmtpSettings;
  /** Where to connect as it was given, with names. */
  private readonly given: readonly Address[];
  private readonly follows: boolean;
  private targets: readonly Address[];
  private readonly topics: Set<string>;
  private readonly owners = new IdentityOwners();

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(options: ZmtpNodeOptions) {
    super({ packing: PACKING, limits: options.limits });
    this.type = options.type.toUpperCase() as SocketType;
    this.identity = Buffer.from(options.identity ?? '');
    this.settings = resolveZmtpOptions(this.type, options.socketOptions ?? {}, options.security);
    this.bindings = (options.bind ?? []).map((text) => netAddress(text, 'bind'));
    this.given = (options.connect ?? []).map((text) => {
      const address = netAddress(text, 'connect');
      requireConnectable(address, 'connect', text);
      return address;
    });
    this.follows = this.given.length > 0 || options.follows === true;
    this.targets = this.given;
    this.topics = new Set(options.topics);
    this.capabilities = {
      ordered: true,
      multipart: true,
      oneToMany: this.type === 'PUB',
      detectsLoss: this.type === 'DEALER' && this.given.length > 0,
      maxFrame: options.security ? MAX_ENCRYPTED : Infinity,
      sealSize: 0,
    };
    this.sendQueue.sendTimeout = this.settings.sendTimeout;
  }

  /**
   * PUB and SUB that connect: connects to these instead of what they were given.
   *
   * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the first address that cannot be used; it follows
   *   the others
   */
  follow(texts: readonly string[]): void {
    if (this.follows && (this.type === 'PUB' || this.type === 'SUB')) {
      const { addresses, problem } = readableAddresses(texts, (text) =>
        netAddress(text, 'connect'),
      );
      this.targets = addresses;
      this.transport?.follow(addresses);
      if (problem) {
        throw problem;
      }
    }
  }

  /** SUB: subscribes to the topics that begin with `topic` too, now and at each opening. */
  subscribe(topic: string): void {
    this.topics.add(topic);
    this.transport?.subscribe({ type: 'subscribe', topic: Buffer.from(topic) });
  }

  /** SUB: takes {@link subscribe} back. */
  unsubscribe(topic: string): void {
    this.topics.delete(topic);
    this.transport?.subscribe({ type: 'cancel', topic: Buffer.from(topic) });
  }

  /** ROUTER: who the peer has proven to be that has an identity now. */
  peerOf(identity: Buffer): AuthenticatedPeer | undefined {
    return this.transport?.peerOf(identity);
  }

  stopListening(): boolean {
    this.transport?.stopListening();
    return this.bindings.length > 0;
  }

  protected make(
    bindings: readonly Address[],
    listener: NodeListener,
    signal: AbortSignal,
  ): OpenTransport<ZmtpSocket> | Promise<OpenTransport<ZmtpSocket>> {
    const socket = this.createSocket(listener);
    for (const topic of this.topics) {
      socket.subscribe({ type: 'subscribe', topic: Buffer.from(topic) });
    }
    return bindings.length === 0
      ? { transport: socket, addresses: [] }
      : bindAll(socket, bindings, signal);
  }

  protected receive(socket: ZmtpSocket): void {
    socket.start(this.targets);
  }

  protected transmit(socket: ZmtpSocket, batch: Batch): Handover {
    const sent = socket.send(batch);
    return sent === 'unknown'
      ? new RemoteCallError('the peer is not connected', {}, { code: 'UNAVAILABLE' })
      : sent;
  }

  protected release({ transport }: OpenTransport<ZmtpSocket>): void {
    transport.close();
  }

  /** Only a ROUTER sends to a certain peer. */
  private writable(identity: Buffer): void {
    this.sendQueue.retryFull(this.type === 'ROUTER' ? identity.toString('latin1') : undefined);
  }

  private createSocket(listener: NodeListener): ZmtpSocket {
    const { detectsLoss } = this.capabilities;
    const isCurrent = (): boolean => this.transport === socket;
    const socket: ZmtpSocket = new ZmtpSocket(
      this.type,
      this.identity,
      this.settings,
      {
        message: (address, frames) => {
          if (!isCurrent()) {
            return 1;
          }
          this.receiveCount++;
          return listener.message(address, frames) ?? 1;
        },
        up: () => detectsLoss && isCurrent() && listener.up?.(),
        reached: (address) => isCurrent() && listener.reached?.(address),
        unreachable: (address, refusal) => isCurrent() && listener.unreachable?.(address, refusal),
        down: (reason) => detectsLoss && isCurrent() && listener.down?.(reason),
        error: (error) => isCurrent() && listener.error?.(error),
        dropped: (reason) => isCurrent() && listener.dropped?.(reason),
        writable: (identity) => isCurrent() && this.writable(identity),
      },
      this.owners,
    );
    return socket;
  }
}

async function bindAll(
  socket: ZmtpSocket,
  bindings: readonly Address[],
  signal: AbortSignal,
): Promise<OpenTransport<ZmtpSocket>> {
  const addresses: string[] = [];
  try {
    const places = await Promise.all(bindings.map((binding) => toBindable(binding, signal)));
    for (const place of places) {
      signal.throwIfAborted();
      addresses.push(await socket.bind(place));
    }
    return { transport: socket, addresses };
  } catch (error) {
    socket.close();
    throw error;
  }
}
