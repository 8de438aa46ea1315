import { RemoteCallError } from '../../errors/remote-call.error.js';
import { type Address, parseAddress, requireConnectable } from '../address.js';
import type { NodeCapabilities, NodeListener } from '../node.js';
import type { Batch, PackingLimits } from '../sending/packing.js';
import type { SendQueueLimits } from '../sending/send-limits.js';
import type { Handover } from '../sending/send-queue.js';
import type { SocketType } from '../socket-type.js';
import { type OpenTransport, TransportNode } from '../transport-node.js';
import { MemorySocket } from './memory-socket.js';

/** What one frame holds, as over ZeroMQ. */
const PACKING: PackingLimits = { maxBytes: 64 * 1024, maxMessages: 128 };

/** Options of a {@link MemoryNode}. */
export interface MemoryNodeOptions {
  type: SocketType;
  /** Addresses to be found at, `memory://name`; for `memory://*` a name is made. Default none. */
  bind?: readonly string[];
  /** Addresses to connect to. Default none. */
  connect?: readonly string[];
  /** The identity that a ROUTER sees. Default: none, the ROUTER then makes one up. */
  identity?: string | Uint8Array;
  /** SUB: prefixes to subscribe to. Default: none. */
  topics?: readonly string[];
  /** How much may wait to be sent. */
  limits?: SendQueueLimits;
}

/**
 * A {@link Node} within one process, without ports, files and native code: for tests.
 *
 * Messages look as those of a `SocketNode`, and greetings and farewells come as there. Each message is
 * copied, and arrives at a later turn of the event loop. An open node keeps no process alive.
 */
export class MemoryNode extends TransportNode<MemorySocket> {
  readonly capabilities: NodeCapabilities;

  protected readonly bindings: readonly Address[];

  private readonly type: SocketType;
  private readonly identity: Buffer;
  private readonly targets: readonly Address[];
  private readonly topics: Set<string>;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address that cannot be */
  constructor({ type, bind, connect, identity, topics, limits }: MemoryNodeOptions) {
    super({ packing: PACKING, limits });
    this.type = type;
    this.identity = Buffer.from(identity ?? '');
    this.bindings = (bind ?? []).map((text) => memoryAddress(text, 'bind'));
    this.targets = (connect ?? []).map((text) => {
      const address = memoryAddress(text, 'connect');
      requireConnectable(address, 'connect', text);
      return address;
    });
    this.topics = new Set(topics);
    this.capabilities = {
      ordered: true,
      multipart: true,
      oneToMany: type === 'pub',
      detectsLoss: type === 'dealer' && this.targets.length > 0,
      maxFrame: Infinity,
      sealSize: 0,
    };
  }

  /** SUB: subscribes to the topics that begin with `topic` too, now and at each opening. */
  subscribe(topic: string): void {
    this.topics.add(topic);
  }

  protected make(
    bindings: readonly Address[],
    listener: NodeListener,
  ): OpenTransport<MemorySocket> | Promise<OpenTransport<MemorySocket>> {
    const socket = this.createSocket(listener);
    return bindings.length === 0 ? { transport: socket, addresses: [] } : bindAll(socket, bindings);
  }

  protected receive(socket: MemorySocket): void {
    this.targets.forEach((target) => socket.connect(target));
  }

  protected transmit(socket: MemorySocket, batch: Batch): Handover {
    const sent = socket.send(batch);
    return sent === 'unknown'
      ? new RemoteCallError('the peer is not connected', {}, { code: 'UNAVAILABLE' })
      : sent;
  }

  protected release({ transport }: OpenTransport<MemorySocket>): void {
    transport.close();
  }

  private createSocket(listener: NodeListener): MemorySocket {
    const { detectsLoss } = this.capabilities;
    return new MemorySocket(this.type, this.identity, this.topics, {
      message: (address, frames) => {
        this.receiveCount++;
        listener.message(address, frames);
      },
      up: (address) => {
        listener.reached?.(address);
        if (detectsLoss) {
          listener.up?.();
        }
      },
      down: (reason) => detectsLoss && listener.down?.(reason),
      writable: (peer) => this.sendQueue.retryFull(peer),
      error: (error) => listener.error?.(error),
    });
  }
}

/** Asynchronous, as every binding: `close` can overtake it. */
async function bindAll(
  socket: MemorySocket,
  bindings: readonly Address[],
): Promise<OpenTransport<MemorySocket>> {
  try {
    return { transport: socket, addresses: bindings.map((address) => socket.bind(address)) };
  } catch (error) {
    socket.close();
    throw error;
  }
}

function memoryAddress(text: string, option: string): Address {
  const address = parseAddress(text, option);
  if (address.scheme !== 'memory') {
    throw new RemoteCallError(
      `${option} '${text}' leaves the process: here all addresses are memory://`,
      { option, value: text },
      { code: 'INVALID_ARGUMENT' },
    );
  }
  return address;
}
