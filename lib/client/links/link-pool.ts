import { randomBytes } from 'node:crypto';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { createNode } from '../../nodes/create-node.js';
import type { Node } from '../../nodes/node.js';
import { CLIENT_IDENTITY_PREFIX } from '../../protocol/wire-constants.js';
import type { ResolvedClientOptions } from '../client-options.js';
import { type Balancer, type CallTarget, RoundRobin } from './balancer.js';
import { Link, type LinkOwner } from './link.js';
import { type Resolver, StaticResolver } from './resolver.js';

/** The owner of a {@link LinkPool}. */
export interface LinkPoolOwner extends LinkOwner {
  /** Not one link could be opened: none will come up, however long a call waits. */
  cannotOpen(error: RemoteCallError): void;
}

/**
 * The links of a client: one for each address, since a DEALER deals what it sends to all its
 * connections; PUB has one for all. They follow the addresses while the pool is open.
 */
export class LinkPool {
  /** The most bytes that a payload can have: each link has room for it. */
  readonly maxFrame: number;

  /** All addresses, which people read. */
  names = '';

  private links: readonly Link[] = [];
  /** Links to the first addresses, made at once: a wrong address fails then, not at the first call. */
  private fresh: Link[] = [];
  /** Ends the watch of the addresses. Undefined while closed. */
  private unwatch: (() => void) | undefined;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly owner: LinkPoolOwner,
    private readonly resolver: Resolver = new StaticResolver(options.connect),
    private readonly balancer: Balancer = new RoundRobin(),
  ) {
    resolver.watch((addresses) => {
      this.fresh = this.groups(addresses).map((group) => this.createLink(group));
      this.names = this.nameOf(addresses);
    })();
    this.maxFrame = Math.min(...this.fresh.map(({ capabilities }) => capabilities.maxFrame));
  }

  get isUp(): boolean {
    return this.links.some((link) => link.isUp);
  }

  get sockets(): readonly unknown[] {
    return this.links.flatMap((link) => link.sockets);
  }

  /** The link for a call; undefined where none takes calls now. */
  pick(call: CallTarget): Link | undefined {
    return this.balancer.pick(this.links, call);
  }

  /** Opens a link to each address, and follows the addresses. */
  open(): void {
    this.unwatch = this.resolver.watch((addresses) => this.update(addresses));
  }

  /** Resolves when the links that are up have sent what waits, or after `timeout` milliseconds. */
  async flush(timeout: number): Promise<void> {
    await Promise.all(this.links.map((link) => link.flush(timeout)));
  }

  close(): void {
    const { links, unwatch } = this;
    this.links = [];
    this.unwatch = undefined;
    unwatch?.();
    links.forEach((link) => link.close());
  }

  /** Follows the addresses as far as that is possible, and reports where it is not. */
  private update(addresses: readonly string[]): void {
    try {
      this.follow(addresses);
    } catch (cause) {
      // The process or the system has no sockets left. Reported as late as what `open` rejects with.
      const message = `cannot open: ${(cause as Error).message}`;
      const error = new RemoteCallError(message, {}, { code: 'UNAVAILABLE' });
      queueMicrotask(() => this.notOpened(error));
    }
  }

  /** Opens links to addresses that are new, and closes those to addresses that are gone. */
  private follow(addresses: readonly string[]): void {
    const gone = [...this.links];
    const added: Link[] = [];
    const links: Link[] = [];
    for (const group of this.groups(addresses)) {
      const name = this.nameOf(group);
      const kept = take(gone, name);
      const link = kept ?? take(this.fresh, name) ?? this.createLink(group);
      links.push(link);
      if (!kept) {
        added.push(link);
      }
    }
    this.fresh = [];
    this.links = links;
    this.names = this.nameOf(addresses);
    gone.forEach((link) => link.close());
    added.forEach((link) => this.openLink(link));
  }

  private openLink(link: Link): void {
    link.open().catch((error: RemoteCallError) => {
      // A link that was closed meanwhile is no concern of those after it.
      if (this.links.includes(link)) {
        this.links = this.links.filter((other) => other !== link);
        this.notOpened(error);
      }
    });
  }

  private notOpened(error: RemoteCallError): void {
    if (this.links.length > 0) {
      this.owner.failed(error);
    } else if (this.unwatch) {
      this.owner.cannotOpen(error);
    }
  }

  /** The addresses of each link. */
  private groups(addresses: readonly string[]): (readonly string[])[] {
    return this.options.socket === 'pub' ? [addresses] : addresses.map((address) => [address]);
  }

  private nameOf(group: readonly string[]): string {
    return [...group, ...this.options.bind].join(', ');
  }

  private createLink(group: readonly string[]): Link {
    return new Link(this.createNode(group), this.nameOf(group), this.owner);
  }

  private createNode(connect: readonly string[]): Node {
    const { socket, bind, identity, engine, socketOptions, datagramOptions, codec } = this.options;
    return createNode({
      role: 'client',
      socket,
      bind,
      connect,
      engine,
      datagramOptions,
      identity: socket === 'dealer' ? (identity ?? randomIdentity()) : undefined,
      socketOptions: { maxMessageSize: codec.maxPayload, ...socketOptions },
    });
  }
}

/** Takes the link of a name out of a list. */
function take(links: Link[], name: string): Link | undefined {
  const index = links.findIndex((link) => link.name === name);
  return index < 0 ? undefined : links.splice(index, 1)[0];
}

/** A unique ZeroMQ routing id, by which a router of this package knows its peer's package. */
function randomIdentity(): string {
  return `${CLIENT_IDENTITY_PREFIX}${randomBytes(16).toString('base64url')}`;
}
