import type { Resolver } from '../../discovery/resolver.js';
import type { Node } from '../../nodes/node.js';
import type { ResolvedClientOptions } from '../client-options.js';
import type { Balancer, CallTarget } from '../balancing/balancer.js';
import { ownerOf, pickOwner } from '../balancing/key-owner.js';
import { LeastCalls } from '../balancing/least-calls.js';
import type { Link } from './link.js';
import { LinkShares, type LinkSharesOwner } from './link-shares.js';
import { ServerLinks, type ServerLinksOwner } from './server-links.js';

/** The owner of a {@link LinkPool}. */
export type LinkPoolOwner = ServerLinksOwner;

/** The links of a client, and which of them a call gets. {@link ServerLinks} says which there are. */
export class LinkPool extends ServerLinks implements LinkSharesOwner {
  private readonly shares: LinkShares;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(
    options: ResolvedClientOptions,
    owner: LinkPoolOwner,
    resolver?: Resolver,
    private readonly balancer: Balancer<Link> = new LeastCalls(),
    nodeTo?: (connect: readonly string[]) => Node,
  ) {
    super(options, owner, resolver, nodeTo);
    this.shares = new LinkShares(options.slowStart, this);
  }

  /** Whether any server takes calls. */
  get isReady(): boolean {
    return this.active.some((link) => link.isReady);
  }

  /** The link for a call, other than these; undefined where none takes calls now. */
  pick(call: CallTarget, except?: readonly Link[]): Link | undefined {
    const { affinity } = call;
    return affinity === undefined
      ? this.balancer.pick(this.active, call, except)
      : pickOwner(this.active, call, affinity, except);
  }

  /** The only link that takes a call, once it has room; undefined where any may, or none is ready. */
  ownerOf(call: CallTarget, except?: readonly Link[]): Link | undefined {
    const { affinity } = call;
    return affinity === undefined ? undefined : ownerOf(this.active, call, affinity, except);
  }

  /** Whether other links than these take calls, once their servers have room. */
  hasOthers(except: readonly Link[]): boolean {
    return this.active.some((link) => link.isReady && !except.includes(link));
  }

  /** Whether other links than these take calls, or may do so at once: they are about to connect. */
  mayHaveOthers(except: readonly Link[]): boolean {
    return this.hasOthers(except) || this.active.some((link) => link.isComingUp);
  }

  /** Whether calls of a link have a better one to go to. */
  hasBetterThan({ health }: Link): boolean {
    return this.active.some((other) => other.isReady && other.health.rank < health.rank);
  }

  /** A router does not know the service at an address; where all know none, only the latest counts. */
  missed(link: Link, address: Buffer): void {
    link.routeTo(address).missed();
    const others = this.active.filter((other) => other !== link && other.isReady);
    const routes = others.map((other) => other.routeTo(address));
    if (routes.every((route) => route.isMissing('event'))) {
      routes.forEach((route) => route.expect());
    }
  }

  /** The server of a link says how many calls it has in flight on average. */
  loaded(link: Link, load: number): void {
    link.load = load;
    if (this.isPartial) {
      this.shares.update();
    }
  }

  sharesChanged(): void {
    this.balancer.sharesChanged();
  }

  override close(): void {
    this.shares.close();
    super.close();
  }

  protected override changed(): void {
    this.shares.update();
  }
}
