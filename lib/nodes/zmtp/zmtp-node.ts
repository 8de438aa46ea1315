import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import { toBindable } from '../bindable.js';
import { EngineNode, type EngineNodeOptions, type EngineTraits } from '../engine-node.js';
import type { NodeListener } from '../node.js';
import type { AuthenticatedPeer } from '../security.js';
import type { Batch } from '../sending/packing.js';
import type { Handover } from '../sending/send-queue.js';
import type { OpenTransport } from '../transport-node.js';
import type { SocketType } from './core/socket-type.js';
import { IdentityOwners } from './identity-owners.js';
import { type ZmtpSettings, resolveZmtpOptions } from './zmtp-options.js';
import { ZmtpSocket } from './zmtp-socket.js';

const ENGINE: EngineTraits = {
  schemes: ['tcp', 'ipc'],
  takes: 'the engine net takes tcp:// and ipc://',
  // As with the engine zeromq: peers of both are alike.
  packing: { maxBytes: 64 * 1024, maxMessages: 128, firstMessages: 8 },
};

/** The most that is encrypted at once, in bytes: its memory is that of WebAssembly. */
const MAX_ENCRYPTED = 0x2000_0000;

/** Options of a {@link ZmtpNode}. */
export interface ZmtpNodeOptions extends EngineNodeOptions {
  /** Those of zeromq.js that `ZmtpOptions` has, and four of its own. */
  socketOptions?: object;
}

/**
 * A {@link Node} that speaks ZMTP 3.1 by itself, over `node:net`: without libzmq and its threads.
 *
 * Messages look as those of a `SocketNode`, and a peer may be of either kind, or any other that has
 * libzmq from 4.0 on. Greetings and farewells come as there.
 */
export class ZmtpNode extends EngineNode<ZmtpSocket> {
  /** The type of its socket, by its name on the wire. */
  private readonly wireType: SocketType;
  private readonly identity: Uint8Array;
  private readonly settings: ZmtpSettings;
  private readonly owners = new IdentityOwners();

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor({ identity = '', socketOptions = {}, security, ...options }: ZmtpNodeOptions) {
    super(options, security ? { ...ENGINE, maxFrame: MAX_ENCRYPTED } : ENGINE);
    this.wireType = this.type.toUpperCase() as SocketType;
    this.identity = Buffer.from(identity);
    this.settings = resolveZmtpOptions(this.wireType, socketOptions, security);
    this.sendQueue.sendTimeout = this.settings.sendTimeout;
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
    this.topics.forEach((topic) => this.addTopic(socket, topic));
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

  protected connectTo(socket: ZmtpSocket, addresses: readonly Address[]): void {
    socket.follow(addresses);
  }

  protected addTopic(socket: ZmtpSocket, topic: string): void {
    socket.subscribe({ type: 'subscribe', topic: Buffer.from(topic) });
  }

  protected removeTopic(socket: ZmtpSocket, topic: string): void {
    socket.subscribe({ type: 'cancel', topic: Buffer.from(topic) });
  }

  /** Only a ROUTER sends to a certain peer. */
  private writable(identity: Buffer): void {
    this.sendQueue.retryFull(this.type === 'router' ? identity.toString('latin1') : undefined);
  }

  private createSocket(listener: NodeListener): ZmtpSocket {
    const { detectsLoss } = this.capabilities;
    const isCurrent = (): boolean => this.transport === socket;
    const socket: ZmtpSocket = new ZmtpSocket(
      this.wireType,
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
        dropped: (reason, detail) => isCurrent() && listener.dropped?.(reason, detail),
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
