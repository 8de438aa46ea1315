import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { createNodes } from '../nodes/create-node.js';
import { ConnectingNodes } from './connecting-nodes.js';
import { addressesOf, createResolver, hasSources, namesOf } from '../discovery/create-resolver.js';
import type { Resolver } from '../discovery/resolver.js';
import { ServerRegistration } from '../discovery/server-registration.js';
import { Lifecycle } from '../nodes/lifecycle.js';
import type { Node } from '../nodes/node.js';
import { Codec } from '../cbor/codec.js';
import type {
  MethodDescription,
  ServiceDescription,
  ServiceStatus,
} from '../protocol/reserved-methods.js';
import { MessageReader } from '../protocol/message-reader.js';
import { MessageWriter } from '../protocol/message-writer.js';
import type { CallObserver } from '../observe/call-observer.js';
import { DropCounter, type DropReport } from '../observe/drop-counter.js';
import { CallScheduler, type CallSchedulerOwner } from './calls/call-scheduler.js';
import type { IncomingCall } from './calls/incoming-call.js';
import { RequestReceiver } from './calls/request-receiver.js';
import { ReservedMethods, type ReservedMethodsOwner } from './calls/reserved-methods.js';
import { Responder } from './calls/responder.js';
import { ResponseEncoder } from './calls/response-encoder.js';
import { UnprovenSources } from './calls/unproven-sources.js';
import { letClientsRead, sayGoodbye } from './farewell.js';
import type { Peer } from './peers/peer.js';
import type { ResolvedServerOptions } from './server-options.js';

/** Bytes that tell one start of a server from another. */
const INSTANCE_SIZE = 16;

/** How long responses may take to leave when the server closes, in milliseconds. */
const CLOSE_FLUSH = 1000;

/** How often is looked whether the calls of a node have ended whose address is gone, in milliseconds. */
const IDLE_CHECK = 100;

/**
 * How long clients may go on sending by a node whose address is gone, in milliseconds: less than the second
 * for which those that were refused there send elsewhere.
 */
const LONGEST_LEAVE = 500;

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
  /** What it serves. */
  describe(): readonly MethodDescription[];
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
 * - `closing`: it gives its registration back, and drains. New calls are refused then, and running handlers
 *   respond or are aborted. Then the sockets close.
 * - `waiting`: it drains, and opens again afterwards.
 *
 * Mirrors `Service` of the Python original.
 */
export class ServerEndpoint implements CallSchedulerOwner, ReservedMethodsOwner {
  readonly responder: Responder;
  readonly drops: DropCounter;

  private readonly life = new Lifecycle(
    () => new RemoteCallError('the server was closed', {}, { code: 'CANCELLED' }),
  );
  private readonly nodes: Node[];
  private readonly receivers = new Map<Node, RequestReceiver>();
  /** The nodes that are up, each with the addresses that it leads to or is bound to. */
  private readonly nodesUp = new Map<Node, string>();
  /** Those whose addresses are gone. */
  private readonly leaving = new Set<Node>();
  private readonly reader: MessageReader;
  private readonly writer: MessageWriter;
  private readonly resolver: Resolver;
  private readonly connectingNodes: ConnectingNodes;
  private readonly scheduler: CallScheduler;
  private readonly reserved: ReservedMethods;
  private readonly registration: ServerRegistration;
  private instance = Buffer.alloc(INSTANCE_SIZE);
  /** When it began to listen, on the clock of `performance.now()`. */
  private openedAt = 0;
  /** SUB: ends the watch of the addresses. */
  private unwatch: (() => void) | undefined;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or socket option that cannot be */
  constructor(
    private readonly options: ResolvedServerOptions,
    private readonly listener: ServerEndpointListener,
    private readonly observer: CallObserver,
  ) {
    const codec = new Codec(options.codec);
    this.reader = new MessageReader(codec);
    this.writer = new MessageWriter(codec, { headers: options.extension });
    this.drops = new DropCounter((report) => listener.dropped(report), options.reportInterval);
    const encoder = new ResponseEncoder(
      this.writer,
      (method, problem) => listener.unencodable(method, problem),
      (peer) => this.scheduler.creditOf(peer),
      (peer) => this.scheduler.loadFor(peer),
    );
    const unproven = new UnprovenSources(this.writer, this.drops);
    this.responder = new Responder(encoder, this.drops, unproven, observer);
    const { socket, bind, connect } = options;
    const nodes = this.createNodes(bind, addressesOf(connect));
    // A DEALER is made for each address when it is known; here its options are checked.
    this.nodes = socket === 'dealer' ? [] : nodes;
    this.resolver = createResolver({
      connect,
      resolve: options.resolve,
      interval: options.resolveInterval,
      // Reached twice, a publisher sends each event twice, and a router knows one link of an identity.
      use: 'family',
      failed: (error) => listener.failed(error),
    });
    this.connectingNodes = new ConnectingNodes(this.resolver, {
      create: (address) => this.createNodes([], [address])[0] as Node,
      added: (node) => this.add(node),
      gone: (node) => void this.remove(node),
    });
    this.scheduler = new CallScheduler(
      options,
      this.responder,
      this.writer,
      this.drops,
      observer,
      this,
    );
    this.reserved = new ReservedMethods(this.responder, this.drops, this);
    this.registration = new ServerRegistration(options.register, (error) => listener.failed(error));
    this.nodes.forEach((node) => this.receiveFrom(node));
  }

  get addresses(): readonly string[] {
    return this.nodes.flatMap((node) => node.addresses);
  }

  get sockets(): readonly unknown[] {
    return this.nodes.flatMap((node) => node.sockets);
  }

  get takesCalls(): boolean {
    const { state } = this.life;
    return state === 'open' || state === 'opening' || this.registration.isLeaving;
  }

  get status(): ServiceStatus {
    return {
      instance: this.instance.toString('hex'),
      uptime: Math.round(performance.now() - this.openedAt),
      inFlight: this.scheduler.inFlight,
      ...(!this.takesCalls && { draining: true }),
    };
  }

  get description(): ServiceDescription | undefined {
    return this.options.reflection ? { methods: this.listener.describe() } : undefined;
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

  private createNodes(bind: readonly string[], connect: readonly string[]): Node[] {
    const { socket, identity, engine, security, datagramOptions, codec, socketOptions } =
      this.options;
    const { maxBytes, maxHeldBytes } = this.options.limits;
    return createNodes({
      role: 'server',
      socket,
      bind,
      connect,
      follows: socket === 'sub' && hasSources(this.options),
      identity,
      engine,
      security,
      datagramOptions,
      // Many small values at once are ordinary: what waits is limited in bytes alone.
      limits: { maxMessages: Infinity, maxBytes, maxHeldBytes },
      socketOptions: { maxMessageSize: codec.maxPayload, ...socketOptions },
    });
  }

  private receiveFrom(node: Node): RequestReceiver {
    const { options, reader, responder, drops, observer, scheduler, reserved } = this;
    const receiver = new RequestReceiver(
      node,
      options,
      reader,
      responder,
      drops,
      observer,
      scheduler,
      reserved,
    );
    this.receivers.set(node, receiver);
    return receiver;
  }

  private async openNodes(topics: readonly string[], signal: AbortSignal): Promise<void> {
    const { heartbeat } = this.options;
    this.instance = randomBytes(INSTANCE_SIZE);
    this.openedAt = performance.now();
    this.responder.begin({ instance: this.instance, heartbeat });
    try {
      if (this.options.socket === 'dealer') {
        await this.connectingNodes.open((error) => this.listener.failed(error as RemoteCallError));
      } else {
        this.followPublishers();
        await this.openAll(topics, signal);
      }
      signal.throwIfAborted();
      this.registration.begin(this.addresses, this.instance.toString('hex'));
    } catch (error) {
      // A `close` that overtakes this closes the nodes itself.
      if (!signal.aborted) {
        this.closeNodes();
      }
      throw error;
    }
  }

  private async openAll(topics: readonly string[], signal: AbortSignal): Promise<void> {
    for (const [node, receiver] of this.receivers) {
      await this.openNode(node, receiver);
      signal.throwIfAborted();
      if (this.options.socket === 'sub') {
        topics.forEach((topic) => node.subscribe?.(topic));
      }
    }
  }

  /** SUB: one socket connects to all publishers. */
  private followPublishers(): void {
    this.unwatch = this.resolver.watch((servers) => {
      const addresses = servers.map(({ address }) => address);
      try {
        this.nodes.forEach((node) => node.follow?.(addresses));
      } catch (error) {
        // A source may tell of an address that this kind of node cannot use.
        this.listener.failed(error as RemoteCallError);
      }
    });
  }

  isLeaving(node: Node): boolean {
    return this.leaving.has(node) && [...this.nodesUp.keys()].some((up) => !this.leaving.has(up));
  }

  private add(node: Node): Promise<void> {
    this.nodes.push(node);
    return this.openNode(node, this.receiveFrom(node));
  }

  /**
   * Closes a node whose address is gone, when its calls have ended. Clients that reach this server by
   * another router are sent there first: what a router passes on while the node closes is lost.
   */
  private async remove(node: Node): Promise<void> {
    const { receivers, leaving } = this;
    const peers = (): Peer[] => receivers.get(node)?.peers.all() ?? [];
    leaving.add(node);
    // At least once, so that clients which call now and then are told, too.
    do {
      await setTimeout(IDLE_CHECK, undefined, { ref: false });
    } while (peers().some((peer) => peer.isBusy));
    await node.flush(CLOSE_FLUSH);
    await letClientsRead(peers, LONGEST_LEAVE);
    leaving.delete(node);
    if (receivers.has(node)) {
      this.closeNode(node, 'the address is gone');
    }
  }

  private openNode(node: Node, receiver: RequestReceiver): Promise<void> {
    return node.open({
      message: (sender, frames) => receiver.receive(sender, frames),
      up: () => this.up(node),
      down: (reason) => {
        this.down(node, reason);
        this.resolver.refresh?.();
      },
      reached: (address) => this.resolver.reached?.(address),
      unreachable: (address) => this.unreachable(address),
      error: (error) => this.listener.failed(error),
      dropped: (reason) => this.drops.add(reason, () => node.addresses.join(', ')),
    });
  }

  private up(node: Node): void {
    const isFirst = this.nodesUp.size === 0;
    const address = [...node.addresses, ...this.connectedBy(node)].join(', ');
    this.nodesUp.set(node, address);
    this.observer.linkUp(address);
    if (isFirst) {
      this.listener.connected();
    }
  }

  /** The addresses that a node connects to. */
  private connectedBy(node: Node): readonly string[] {
    const address = this.connectingNodes.addressOf(node);
    return address === undefined ? namesOf(this.options) : [address];
  }

  private down(node: Node, reason: string): void {
    const address = this.nodesUp.get(node);
    if (address === undefined) {
      return;
    }
    this.nodesUp.delete(node);
    this.observer.linkDown(address, reason);
    if (this.nodesUp.size === 0) {
      this.listener.disconnected(reason);
    }
  }

  private async drainAndClose(): Promise<void> {
    const { extension, socket, shutdownTimeout } = this.options;
    await this.registration.end();
    if (extension && socket !== 'sub') {
      sayGoodbye(this.peers(), this.writer);
    }
    await this.scheduler.drain(shutdownTimeout);
    await Promise.all(this.nodes.map((node) => node.flush(CLOSE_FLUSH)));
    await letClientsRead(() => this.peers());
    this.closeNodes();
  }

  private peers(): Peer[] {
    return [...this.receivers.values()].flatMap(({ peers }) => peers.all());
  }

  private closeNodes(): void {
    this.scheduler.stop();
    this.unwatch?.();
    this.connectingNodes.close();
    for (const node of this.receivers.keys()) {
      this.closeNode(node, 'closed');
    }
  }

  private closeNode(node: Node, reason: string): void {
    node.close();
    this.receivers.get(node)?.peers.clear();
    this.down(node, reason);
    if (this.options.socket === 'dealer') {
      this.receivers.delete(node);
      this.nodes.splice(this.nodes.indexOf(node), 1);
    }
  }

  private unreachable(address: string): void {
    this.resolver.unreachable?.(address);
    // A router that cannot be reached beside others is no sign of change; SUB does not know the others.
    if (this.nodesUp.size === 0 || this.options.socket === 'sub') {
      this.resolver.refresh?.();
    }
  }
}
