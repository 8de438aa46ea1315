import { RemoteCallError } from '../errors/remote-call.error.js';
import { type Address, type Scheme, parseAddress, requireConnectable } from './address.js';
import { localSource } from './local-source.js';
import type { NodeCapabilities } from './node.js';
import { readableAddresses } from './readable-addresses.js';
import type { CurveSecurity } from './security.js';
import type { PackingLimits } from './sending/packing.js';
import type { SendQueueLimits } from './sending/send-limits.js';
import type { SocketType } from './socket-type.js';
import { TransportNode } from './transport-node.js';

/** Options of an {@link EngineNode}. */
export interface EngineNodeOptions {
  type: SocketType;
  /** Addresses to listen on. Default none. */
  bind?: readonly string[];
  /** Addresses to connect to. Default none. */
  connect?: readonly string[];
  /** PUB and SUB: whether it will `follow` addresses. Default: where it has some to connect to. */
  follows?: boolean;
  /** The ZeroMQ routing id. Default: none, the peer then makes one up. */
  identity?: string | Uint8Array;
  /** SUB: prefixes to subscribe to. Default: none. Other types have no use for them. */
  topics?: readonly string[];
  /** Encrypts all links by CURVE, and lets only known peers in where the node listens. Default none. */
  security?: CurveSecurity | undefined;
  /** How much may wait to be sent. */
  limits?: SendQueueLimits;
}

/** What an engine carries. */
export interface EngineTraits {
  /** The schemes of its addresses. */
  readonly schemes: readonly Scheme[];
  /** Says which those are, for the error of another one. */
  readonly takes: string;
  /** How many messages share a frame. */
  readonly packing: PackingLimits;
  /** The most bytes of one frame. Default no limit. */
  readonly maxFrame?: number;
}

/** What other addresses are. */
const KINDS: Partial<Readonly<Record<Scheme, string>>> = {
  udp: 'a UDP address',
  inproc: 'an inproc:// address',
  memory: 'in memory',
};

/**
 * What the nodes of all engines share: a ROUTER, DEALER, PUB or SUB with any number of addresses, which
 * may follow a list of addresses and subscribe to topics.
 *
 * The node of an engine reads its own `socketOptions`, makes its sockets, and tells them what changes.
 */
export abstract class EngineNode<Transport> extends TransportNode<Transport> {
  readonly capabilities: NodeCapabilities;

  protected readonly bindings: readonly Address[];
  protected readonly type: SocketType;
  /** Where to connect as it was given, with names. */
  protected readonly given: readonly Address[];
  /** Where to connect: the same, until it follows others. */
  protected targets: readonly Address[];
  /** Whether it ever connects. */
  protected readonly connects: boolean;
  /** SUB: what to subscribe to at each opening. */
  protected readonly topics: Set<string>;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address that the engine does not carry */
  constructor(
    { type, bind = [], connect = [], follows = false, topics, limits }: EngineNodeOptions,
    private readonly traits: EngineTraits,
  ) {
    super({ packing: traits.packing, limits });
    this.type = type;
    this.bindings = bind.map((text) => this.read(text, 'bind'));
    this.given = connect.map((text) => {
      const address = this.read(text, 'connect');
      requireConnectable(address, 'connect', text);
      localSource(address, 'connect');
      return address;
    });
    this.targets = this.given;
    this.connects = follows || this.given.length > 0;
    this.topics = new Set(type === 'sub' ? topics : undefined);
    this.capabilities = {
      ordered: true,
      multipart: true,
      oneToMany: type === 'pub',
      // `inproc://` reports nothing, and PUB and SUB need no reports.
      detectsLoss: type === 'dealer' && this.given.some(({ scheme }) => scheme !== 'inproc'),
      maxFrame: traits.maxFrame ?? Infinity,
      sealSize: 0,
    };
  }

  /** Connects the open transport to these addresses alone. */
  protected abstract connectTo(transport: Transport, addresses: readonly Address[]): void;

  /** SUB: subscribes the transport to a topic. */
  protected abstract addTopic(transport: Transport, topic: string): void;

  /** SUB: takes {@link addTopic} back. */
  protected abstract removeTopic(transport: Transport, topic: string): void;

  /**
   * PUB and SUB that connect: connects to these instead of what they were given.
   *
   * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the first address that cannot be used; it follows
   *   the others
   */
  follow(texts: readonly string[]): void {
    if (!this.connects || (this.type !== 'pub' && this.type !== 'sub')) {
      return;
    }
    const { addresses, problem } = readableAddresses(texts, (text) => this.read(text, 'connect'));
    this.targets = addresses;
    if (this.transport !== undefined) {
      this.connectTo(this.transport, addresses);
    }
    if (problem) {
      throw problem;
    }
  }

  /** SUB: subscribes to the topics that begin with `topic` too, now and at each opening. */
  subscribe(topic: string): void {
    // libzmq counts: two subscriptions of one topic would need two calls to end.
    if (this.type === 'sub' && !this.topics.has(topic)) {
      this.topics.add(topic);
      if (this.transport !== undefined) {
        this.addTopic(this.transport, topic);
      }
    }
  }

  /** SUB: takes {@link subscribe} back. */
  unsubscribe(topic: string): void {
    if (this.topics.delete(topic) && this.transport !== undefined) {
      this.removeTopic(this.transport, topic);
    }
  }

  /** Reads an address of this engine. @param option the option it was given in, for the error */
  private read(text: string, option: string): Address {
    const address = parseAddress(text, option);
    if (!this.traits.schemes.includes(address.scheme)) {
      throw new RemoteCallError(
        `${option} '${text}' is ${KINDS[address.scheme]}: ${this.traits.takes}`,
        { option, value: text },
        { code: 'INVALID_ARGUMENT' },
      );
    }
    return address;
  }
}
