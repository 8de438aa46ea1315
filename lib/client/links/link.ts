import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { ServerRecord } from '../../discovery/server-record.js';
import type { Node, NodeCapabilities, OutgoingMessage } from '../../nodes/node.js';
import type { KeyCandidate } from '../balancing/key-owner.js';
import { hashOf } from '../balancing/text-hash.js';
import { DIRECT } from '../../protocol/wire-constants.js';
import { LinkHealth } from './link-health.js';
import { LinkRoute } from './link-route.js';

/** How long what is on its way may take to leave a link that is retired, in milliseconds. */
const RETIREMENT_FLUSH = 1000;

/** How many routes a link keeps: a client's methods on PUB may be of any number. */
const MAX_ROUTES = 1024;

/**
 * The state of a link. Only the link itself changes it.
 *
 * ```text
 *               up             drain()
 *   connecting ────▶ ready ──────────────▶ draining
 *    ▲ │  ▲           │                       │
 *    └─┘  └── down, reopen() ─────────────────┘
 *   unreachable
 *
 *   ready, draining ──retire()──▶ retiring ──down, idle──▶ closed
 *
 *   any ──close()──▶ closed
 * ```
 *
 * - `connecting`: its transport is not connected yet, or not any more. It goes on trying. `hasFailed` says
 *   whether it has tried in vain, and `refusal` why its server refuses this client, where its latest attempt
 *   got there.
 * - `ready`: it takes calls.
 * - `draining`: its server takes no more calls. Responses come, and cancellations leave.
 * - `retiring`: the same, because its address is gone, or leads to another server now. It closes once no call
 *   uses it.
 * - `closed`: it is not used again.
 */
type State =
  | {
      readonly name: 'connecting';
      readonly hasFailed: boolean;
      readonly refusal?: RemoteCallError | undefined;
    }
  | { readonly name: 'retiring'; readonly reason: string }
  | { readonly name: 'ready' | 'draining' | 'closed' };

const CONNECTING: State = { name: 'connecting', hasFailed: false };
const READY: State = { name: 'ready' };
const DRAINING: State = { name: 'draining' };
const CLOSED: State = { name: 'closed' };

/** The owner of links, which they report to. */
export interface LinkOwner {
  /** A link is ready. */
  up(link: Link): void;
  /** A link that was up is lost, or closed. */
  down(link: Link, reason: string): void;
  /** A link has a connection to an address. */
  reached(address: string): void;
  /** A link cannot reach an address. It goes on trying. @param refusal as for nodes */
  unreachable(address: string, refusal?: RemoteCallError): void;
  /** A link takes no more calls, and has to give away those that wait in it. */
  retired(link: Link): void;
  /** A link is closed. */
  closed(link: Link): void;
  /** Something went wrong that ends no call. */
  failed(error: RemoteCallError): void;
  /** Something that came in had to be dropped. */
  dropped(reason: string, detail?: () => string): void;
  /** A message came in. @returns how many envelopes it held */
  message(link: Link, address: Buffer, frames: Buffer[]): number;
}

/** One node of a client, with what is known of its peers. */
export class Link implements KeyCandidate {
  /** When its transport was last connected, on the clock of `performance.now()`. */
  upSince = Infinity;
  /** When it was opened or last lost, on the same clock. */
  downSince = Infinity;
  /** What is thought of its server. */
  readonly health = new LinkHealth();
  tier = 0;
  share = 1;
  /** How many calls its server has in flight on average, as it says; 0 where it does not. */
  load = 0;
  readonly addressHash: number;
  private current: State = CONNECTING;
  private latestRecord: ServerRecord | undefined;
  private readonly routes = new Map<string, LinkRoute>();
  private readonly isMultipart: boolean;
  private latest: LinkRoute | undefined;
  private inFlight = 0;

  /**
   * @param node the transport
   * @param name the addresses it leads to, which people read
   */
  constructor(
    private readonly node: Node,
    readonly name: string,
    private readonly owner: LinkOwner,
  ) {
    this.isMultipart = node.capabilities.multipart;
    this.addressHash = hashOf(name);
  }

  get state(): State['name'] {
    return this.current.name;
  }

  get isReady(): boolean {
    return this.current === READY;
  }

  /** Whether its transport is connected. */
  get isUp(): boolean {
    const { name } = this.current;
    return name !== 'connecting' && name !== 'closed';
  }

  /** Whether it connects, and nothing says that it cannot. */
  get isComingUp(): boolean {
    const { current } = this;
    return current.name === 'connecting' && !current.hasFailed;
  }

  /** Why its server refuses this client; undefined where it is up, or its latest attempt did not get there. */
  get refusal(): RemoteCallError | undefined {
    const { current } = this;
    return current.name === 'connecting' ? current.refusal : undefined;
  }

  get weight(): number {
    return this.record?.weight ?? 1;
  }

  get priority(): number {
    return this.record?.priority ?? 0;
  }

  /** How many calls and events it has that have not ended. */
  get calls(): number {
    return this.inFlight;
  }

  /** What is known of its server; undefined where it has several, and before it is open. */
  get record(): ServerRecord | undefined {
    return this.latestRecord;
  }

  get capabilities(): NodeCapabilities {
    return this.node.capabilities;
  }

  get receiveCount(): number {
    return this.node.receiveCount;
  }

  /** The addresses that it is bound to: those of a PUB that binds. */
  get boundAddresses(): readonly string[] {
    return this.node.addresses;
  }

  get sockets(): readonly unknown[] {
    return this.node.sockets;
  }

  open(): Promise<void> {
    this.downSince = performance.now();
    return this.node.open({
      up: () => this.rise(),
      down: (reason) => this.lost(reason),
      reached: (address) => this.owner.reached(address),
      unreachable: (address, refusal) => this.notReached(address, refusal),
      error: (error) => this.owner.failed(error),
      dropped: (reason, detail) => this.owner.dropped(reason, detail),
      message: (address, frames) => this.owner.message(this, address, frames),
    });
  }

  /** The route to an address, made when it is first asked for; a datagram has but one. */
  routeTo(target: Buffer): LinkRoute {
    const address = this.isMultipart ? target : DIRECT;
    // Nearly always that of the call before.
    if (this.latest?.address === address) {
      return this.latest;
    }
    const key = address.toString('latin1');
    let route = this.routes.get(key);
    if (!route) {
      if (this.routes.size === MAX_ROUTES) {
        this.routes.clear();
      }
      route = new LinkRoute(address, this.isMultipart);
      this.routes.set(key, route);
    }
    this.latest = route;
    return route;
  }

  post(message: OutgoingMessage): void {
    this.node.post(message);
  }

  withdraw(): OutgoingMessage[] {
    return this.node.withdraw();
  }

  /** Its server takes no more calls: none is sent by it until it has been lost. */
  drain(): void {
    if (this.isReady) {
      this.current = DRAINING;
    }
  }

  /** Connects to these servers alone, where its transport can change them. */
  follow(servers: readonly ServerRecord[]): void {
    this.latestRecord = servers.length === 1 ? servers[0] : undefined;
    this.node.follow?.(servers.map(({ address }) => address));
  }

  /** A call is given to it. */
  enter(): void {
    this.inFlight++;
  }

  /** A call that was given to it has ended, or goes to another link. */
  leave(): void {
    this.inFlight--;
    if (this.current.name === 'retiring' && this.inFlight === 0) {
      void this.closeIdle(this.current.reason);
    }
  }

  /**
   * It takes no more calls, and closes when those that it has sent have ended.
   *
   * @param reason why; its address is gone
   */
  retire(reason = 'the address is gone'): void {
    if (!this.isUp) {
      this.close();
      return;
    }
    this.current = { name: 'retiring', reason };
    this.owner.retired(this);
    if (this.inFlight === 0) {
      void this.closeIdle(reason);
    }
  }

  flush(timeout: number): Promise<void> {
    return this.isUp ? this.node.flush(timeout) : Promise.resolve();
  }

  /** Closes the transport and opens it again, which mends a half-open link. */
  reopen(reason: string): void {
    // First, so that what waits goes to others. It may also close the link with its last call.
    this.lost(reason);
    this.node.reopen(reason);
  }

  close(reason = 'closed'): void {
    if (this.current !== CLOSED) {
      this.fall(CLOSED, reason);
      this.node.close();
      this.owner.closed(this);
    }
  }

  private async closeIdle(reason: string): Promise<void> {
    // The cancellation of the last call follows its end.
    await Promise.resolve();
    await this.flush(RETIREMENT_FLUSH);
    this.close(reason);
  }

  private rise(): void {
    if (this.current.name === 'connecting') {
      this.current = READY;
      this.upSince = performance.now();
      this.health.connected();
      this.owner.up(this);
    }
  }

  private notReached(address: string, refusal: RemoteCallError | undefined): void {
    if (this.current.name === 'connecting') {
      this.current = { name: 'connecting', hasFailed: true, refusal };
    }
    this.owner.unreachable(address, refusal);
  }

  private lost(reason: string): void {
    if (this.current.name === 'retiring') {
      this.close(reason);
    } else if (this.isUp) {
      this.fall(CONNECTING, reason);
    }
  }

  private fall(state: State, reason: string): void {
    const { isUp } = this;
    this.current = state;
    if (isUp) {
      this.downSince = performance.now();
      this.load = 0;
      this.routes.forEach((route) => route.reset());
      this.owner.down(this, reason);
    }
  }
}
