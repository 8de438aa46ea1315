import { RemoteCallError } from '../errors/remote-call.error.js';
import { createNodes } from '../nodes/create-node.js';
import { Lifecycle } from '../nodes/lifecycle.js';
import type { Node } from '../nodes/node.js';
import { Codec } from '../cbor/codec.js';
import { MessageReader } from '../protocol/message-reader.js';
import { MessageWriter } from '../protocol/message-writer.js';
import { type CallObserver, NO_OBSERVER } from '../observe/call-observer.js';
import { DropCounter, type DropReport } from '../observe/drop-counter.js';
import { CallScheduler, type CallSchedulerOwner } from './calls/call-scheduler.js';
import type { IncomingCall } from './calls/incoming-call.js';
import { RequestReceiver } from './calls/request-receiver.js';
import { Responder } from './calls/responder.js';
import { ResponseEncoder } from './calls/response-encoder.js';
import { letClientsRead, sayGoodbye } from './farewell.js';
import type { Peer } from './peers/peer.js';
import type { ResolvedServerOptions } from './server-options.js';

/** How long responses may take to leave when the server closes, in milliseconds. */
const CLOSE_FLUSH = 1000;

/** What takes the calls and the events of a {@link ServerEndpoint}. */
export interface ServerEndpointListener {
  /** A request or an event is to be handled; it has its slot until `call.release()`. */
  handle(call: IncomingCall): void;
  connected(): void;
  disconnected(reason: string): void;
  failed(error: RemoteCallError): void;
  dropped(report: DropReport): void;
  /** A value had to be left out of an error, or a result could not be encoded. */
  unencodable(method: string, problem: string): void;
}

/**
 * The responding side of the protocol: opens the sockets that calls come by, drains and closes them.
 *
 * Its state is that of its {@link Lifecycle}, which alone writes it:
 *
 * ```text
 *             open()            all bound
 *   closed ──────────▶ opening ───────────▶ open
 *     ▲                   │ close()           │ close()
 *     │                   ▼                   ▼
 *     └──────────────── closing ◀─────────────┘
 *        drained
 * ```
 *
 * - `opening`, `open`: it takes calls.
 * - `closing`: it drains. New calls are refused, and running handlers respond or are aborted. Then the
 *   sockets close.
 * - `waiting`: it drains, and opens again afterwards.
 *
 * Mirrors `Service` of the Python original.
 */
export class ServerEndpoint implements CallSchedulerOwner {
  readonly responder: Responder;
  readonly drops: DropCounter;
  /** Sees each call begin and end. */
  observer: CallObserver = NO_OBSERVER;

  private readonly life = new Lifecycle(
    () => new RemoteCallError('the server was closed', {}, { code: 'CANCELLED' }),
  );
  private readonly nodes: readonly Node[];
  private readonly receivers = new Map<Node, RequestReceiver>();
  private readonly nodesUp = new Set<Node>();
  private readonly writer: MessageWriter;
  private readonly scheduler: CallScheduler;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or socket option that cannot be */
  constructor(
    private readonly options: ResolvedServerOptions,
    private readonly listener: ServerEndpointListener,
  ) {
    const codec = new Codec(options.codec);
    const reader = new MessageReader(codec);
    this.writer = new MessageWriter(codec, { headers: options.extension });
    this.drops = new DropCounter((report) => listener.dropped(report));
    const encoder = new ResponseEncoder(this.writer, listener.unencodable.bind(listener));
    this.responder = new Responder(encoder, this.drops);
    const { socket, bind, connect, identity, engine, datagramOptions } = options;
    this.nodes = createNodes({
      role: 'server',
      socket,
      bind,
      connect,
      identity,
      engine,
      datagramOptions,
      // Many small values at once are ordinary: what waits is limited in bytes alone.
      limits: { maxMessages: Infinity },
      socketOptions: { maxMessageSize: options.codec.maxPayload, ...options.socketOptions },
    });
    this.scheduler = new CallScheduler(options, this.nodes, this.responder, this.drops, this);
    for (const node of this.nodes) {
      this.receivers.set(
        node,
        new RequestReceiver(node, options, reader, this.responder, this.drops, this.scheduler),
      );
    }
  }

  get addresses(): readonly string[] {
    return this.nodes.flatMap((node) => node.addresses);
  }

  get sockets(): readonly unknown[] {
    return this.nodes.flatMap((node) => node.sockets);
  }

  get takesCalls(): boolean {
    const { state } = this.life;
    return state === 'open' || state === 'opening';
  }

  /**
   * Opens all sockets.
   *
   * @param topics SUB: the prefixes to subscribe to
   * @throws {RemoteCallError} naming the address that cannot be bound; nothing stays open then.
   *   `CANCELLED` where `close` overtakes it
   */
  open(topics: readonly string[]): Promise<void> {
    return this.life.open((signal) => this.openNodes(topics, signal));
  }

  /** Lets running handlers respond, cancels those that take too long, and closes the sockets. */
  close(): Promise<void> {
    return this.life.close(() => this.drainAndClose());
  }

  handle(call: IncomingCall): void {
    this.listener.handle(call);
  }

  private async openNodes(topics: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      for (const [node, receiver] of this.receivers) {
        await this.openNode(node, receiver);
        signal.throwIfAborted();
        if (this.options.socket === 'sub') {
          topics.forEach((topic) => node.subscribe?.(topic));
        }
      }
      this.scheduler.resume();
    } catch (error) {
      // A `close` that overtakes this closes the nodes itself.
      if (!signal.aborted) {
        this.closeNodes();
      }
      throw error;
    }
  }

  private openNode(node: Node, receiver: RequestReceiver): Promise<void> {
    return node.open({
      message: (sender, frames) => receiver.receive(sender, frames),
      up: () => this.up(node),
      down: (reason) => this.down(node, reason),
      error: (error) => this.listener.failed(error),
      dropped: (reason) => this.drops.add(reason, () => node.addresses.join(', ')),
    });
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

  private async drainAndClose(): Promise<void> {
    const { extension, socket, shutdownTimeout } = this.options;
    if (extension && socket !== 'sub') {
      sayGoodbye(this.peers(), this.writer);
    }
    await this.scheduler.drain(shutdownTimeout);
    await Promise.all(this.nodes.map((node) => node.flush(CLOSE_FLUSH)));
    await letClientsRead(this.peers());
    this.closeNodes();
  }

  private peers(): Peer[] {
    return [...this.receivers.values()].flatMap(({ peers }) => peers.all());
  }

  private closeNodes(): void {
    this.scheduler.stop();
    for (const [node, { peers }] of this.receivers) {
      node.close();
      peers.clear();
      this.down(node, 'closed');
    }
  }
}
