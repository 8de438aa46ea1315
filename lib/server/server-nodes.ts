import { addressesOf, createResolver, hasSources, namesOf } from '../discovery/create-resolver.js';
import type { Resolver } from '../discovery/resolver.js';
import type { RemoteCallError } from '../errors/remote-call.error.js';
import { createNodes } from '../nodes/create-node.js';
import type { Node } from '../nodes/node.js';
import { isLinkGoodbye } from '../protocol/link-goodbye.js';
import type { ControlMessages } from './calls/control-messages.js';
import type { RequestReceiver } from './calls/request-receiver.js';
import { ConnectingNodes } from './connecting-nodes.js';
import { LeavingNodes } from './leaving-nodes.js';
import { NodesUp, type NodesUpListener } from './nodes-up.js';
import type { Peer } from './peers/peer.js';
import { RouterFarewell } from './router-farewell.js';
import type { ResolvedServerOptions } from './server-options.js';

/** How long a router has to answer the GOODBYE of a server that closes, in milliseconds. */
const CLOSE_ANSWER = 250;

/** The owner of {@link ServerNodes}. */
export interface ServerNodesOwner extends NodesUpListener {
  /** Makes what takes the messages of a node. */
  receiverOf(node: Node): RequestReceiver;
  failed(error: RemoteCallError): void;
  dropped(reason: string, node: Node, detail?: () => string): void;
}

/**
 * The nodes of a server: those that it binds, one for all publishers of a SUB, and one for each router of
 * a DEALER, as the routers come and go.
 */
export class ServerNodes {
  private readonly nodes: Node[];
  private readonly receivers = new Map<Node, RequestReceiver>();
  private readonly nodesUp: NodesUp;
  private readonly leaving: LeavingNodes;
  private readonly farewell = new RouterFarewell();
  private readonly resolver: Resolver;
  private readonly connecting: ConnectingNodes;
  /** SUB: ends the watch of the addresses. */
  private unwatch: (() => void) | undefined;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or socket option that cannot be */
  constructor(
    private readonly options: ResolvedServerOptions,
    control: ControlMessages,
    private readonly owner: ServerNodesOwner,
  ) {
    const { socket, bind, connect, resolve, resolveInterval: interval } = options;
    this.nodesUp = new NodesUp(owner);
    const nodes = this.create(bind, addressesOf(connect));
    // A DEALER is made for each address when it is known; here its options are checked.
    this.nodes = socket === 'dealer' ? [] : nodes;
    this.resolver = createResolver({
      connect,
      resolve,
      interval,
      // Reached twice, a publisher sends each event twice, and a router knows one link of an identity.
      use: 'family',
      failed: (error) => owner.failed(error),
    });
    this.connecting = new ConnectingNodes(this.resolver, {
      create: (address) => this.create([], [address])[0] as Node,
      added: (node) => this.add(node),
      gone: (node) => this.leaving.leave(node),
      back: (node) => this.leaving.stay(node),
    });
    this.leaving = new LeavingNodes(this.farewell, control, {
      part: (node, longest) => this.partFrom(node, longest),
      peersBy: (node) => this.peersBy(node),
      sendersBy: (node) => this.sendersBy(node),
      left: (node) => {
        if (this.receivers.has(node)) {
          this.closeNode(node, 'the address is gone');
        }
      },
    });
    this.nodes.forEach((node) => this.receiveFrom(node));
  }

  get addresses(): readonly string[] {
    return this.nodes.flatMap((node) => node.addresses);
  }

  get sockets(): readonly unknown[] {
    return this.nodes.flatMap((node) => node.sockets);
  }

  /** All who have sent something, and may send more. */
  get peers(): readonly Peer[] {
    return [...this.receivers.keys()].flatMap((node) => this.sendersBy(node));
  }

  /** Whether a node is about to close while others are up. */
  isLeaving(node: Node): boolean {
    return this.leaving.has(node) && this.nodesUp.hasOthers(this.leaving);
  }

  /**
   * Opens all nodes.
   *
   * @param topics SUB: the prefixes to subscribe to
   * @param signal aborted by `close`
   * @throws {RemoteCallError} naming the address that cannot be bound. Others may be open then
   */
  async open(topics: readonly string[], signal: AbortSignal): Promise<void> {
    const { socket } = this.options;
    if (socket === 'dealer') {
      await this.connecting.open((error) => this.owner.failed(error as RemoteCallError));
      return;
    }
    this.followPublishers();
    for (const [node, receiver] of this.receivers) {
      await this.openNode(node, receiver);
      signal.throwIfAborted();
      if (socket === 'sub') {
        topics.forEach((topic) => node.subscribe?.(topic));
      }
    }
  }

  /** Takes no more connections, where that is possible. @returns the nodes whose addresses are free */
  stopListening(): ReadonlySet<Node> {
    return new Set(this.nodes.filter((node) => node.stopListening?.()));
  }

  /** Takes leave of the routers: resolves when all has come that they have passed on, as far as they say so. */
  async part(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.partFrom(node, CLOSE_ANSWER)));
  }

  /** Resolves when what waits has left, or after `timeout` milliseconds. */
  async flush(timeout: number): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.flush(timeout)));
  }

  close(): void {
    this.unwatch?.();
    this.connecting.close();
    for (const node of this.receivers.keys()) {
      this.closeNode(node, 'closed');
    }
  }

  private create(bind: readonly string[], connect: readonly string[]): Node[] {
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
    const receiver = this.owner.receiverOf(node);
    this.receivers.set(node, receiver);
    return receiver;
  }

  /** SUB: one socket connects to all publishers. */
  private followPublishers(): void {
    this.unwatch = this.resolver.watch((servers) => {
      const addresses = servers.map(({ address }) => address);
      try {
        this.nodes.forEach((node) => node.follow?.(addresses));
      } catch (error) {
        // A source may tell of an address that this kind of node cannot use.
        this.owner.failed(error as RemoteCallError);
      }
    });
  }

  private add(node: Node): Promise<void> {
    this.nodes.push(node);
    return this.openNode(node, this.receiveFrom(node));
  }

  /** Who has sent something by a node. */
  private peersBy(node: Node): readonly Peer[] {
    return this.receivers.get(node)?.peers.all() ?? [];
  }

  /** Those of them from whom more may come. */
  private sendersBy(node: Node): readonly Peer[] {
    return this.farewell.hasParted(node) ? [] : this.peersBy(node);
  }

  private async partFrom(node: Node, longest: number): Promise<void> {
    const { socket, extension } = this.options;
    if (socket === 'dealer' && extension && this.nodesUp.has(node)) {
      await this.farewell.part(node, longest);
    }
  }

  private openNode(node: Node, receiver: RequestReceiver): Promise<void> {
    const isDealer = this.options.socket === 'dealer';
    return node.open({
      message: (sender, frames) => {
        if (isDealer && isLinkGoodbye(sender, frames[0])) {
          this.farewell.answered(node);
          return 1;
        }
        return receiver.receive(sender, frames);
      },
      up: () => this.up(node),
      down: (reason) => {
        this.nodesUp.delete(node, reason);
        this.resolver.refresh?.();
      },
      reached: (address) => this.resolver.reached?.(address),
      unreachable: (address) => this.unreachable(address),
      error: (error) => this.owner.failed(error),
      dropped: (reason, detail) => this.owner.dropped(reason, node, detail),
    });
  }

  private up(node: Node): void {
    this.nodesUp.add(node, [...node.addresses, ...this.connectedBy(node)].join(', '));
  }

  /** The addresses that a node connects to. */
  private connectedBy(node: Node): readonly string[] {
    const address = this.connecting.addressOf(node);
    return address === undefined ? namesOf(this.options) : [address];
  }

  private closeNode(node: Node, reason: string): void {
    node.close();
    this.receivers.get(node)?.peers.clear();
    this.nodesUp.delete(node, reason);
    if (this.options.socket === 'dealer') {
      this.receivers.delete(node);
      this.nodes.splice(this.nodes.indexOf(node), 1);
    }
  }

  private unreachable(address: string): void {
    this.resolver.unreachable?.(address);
    // A router that cannot be reached beside others is no sign of change; SUB does not know the others.
    if (this.nodesUp.isEmpty || this.options.socket === 'sub') {
      this.resolver.refresh?.();
    }
  }
}
