import { RemoteCallError } from '../../errors/remote-call.error.js';
import { addressesOf, namesOf } from '../../discovery/create-resolver.js';
import type { Resolver } from '../../discovery/resolver.js';
import type { ServerRecord } from '../../discovery/server-record.js';
import type { Node } from '../../nodes/node.js';
import type { ResolvedClientOptions } from '../client-options.js';
import { ServerChoice } from '../balancing/server-choice.js';
import { tierOf } from '../balancing/server-tiers.js';
import { Subset } from '../balancing/subset.js';
import { listOf } from './address-list.js';
import { Link, type LinkOwner } from './link.js';
import { createLinkNode, randomIdentity } from './link-node.js';
import { type LinkSnapshot, snapshotOf } from './link-snapshot.js';
import { serverResolver } from './server-resolver.js';
import { type ServersChange, changeOf } from './servers-change.js';

/** How long a server is down before another one takes its place, in milliseconds. */
const REPLACED_AFTER = 1000;

/** The owner of {@link ServerLinks}. */
export interface ServerLinksOwner extends Omit<LinkOwner, 'reached' | 'unreachable' | 'closed'> {
  /** Not one link could be opened: none will come up, however long a call waits. */
  cannotOpen(error: RemoteCallError): void;
  /** All servers refuse this client: what waits would wait in vain. */
  refused(error: RemoteCallError): void;
  /** An attempt of a link to connect has failed. It goes on trying. */
  unreachable(): void;
  /** Servers have come and gone, by their addresses. Not called for those that there are at first. */
  serversChanged(change: ServersChange): void;
}

/**
 * Which links a client has: one for each server that it chooses, since a DEALER deals what it sends to all
 * its connections; PUB has one for all. They follow the servers while they are open.
 *
 * Which of them a call gets, `LinkPool` adds.
 */
export abstract class ServerLinks {
  /** The most bytes that a payload can have: each link has room for it. */
  readonly maxFrame: number;

  /** Bytes beside those that seal a payload, where it is sealed. */
  readonly sealSize: number;

  /** All addresses as they were given, which people read. */
  readonly names: string;

  private links: readonly Link[] = [];
  /** Links whose addresses are gone, and which still have calls. */
  private readonly retired = new Set<Link>();
  private readonly choice: ServerChoice;
  /** Links to the first addresses, made at once: a wrong address fails then, not at the first call. */
  private fresh: Link[] = [];
  /** Ends the watch of the addresses. Undefined while closed. */
  private unwatch: (() => void) | undefined;
  /** What the sources have reported last, unless they have told of servers since. */
  private sourceFailure: RemoteCallError | undefined;
  /** The addresses of the servers. Undefined until some are known. */
  private known: readonly string[] | undefined;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly owner: ServerLinksOwner,
    private readonly resolver: Resolver = serverResolver(options, (error) => {
      this.sourceFailure = error;
      owner.failed(error);
    }),
    private readonly nodeTo = (connect: readonly string[]): Node =>
      createLinkNode(options, connect),
  ) {
    const { subset, zone, identity } = options;
    const client = identity?.toString('latin1') ?? randomIdentity();
    this.choice = new ServerChoice(new Subset(subset, client), zone);
    this.names = [...namesOf(options), ...options.bind].join(', ');
    const servers = addressesOf(options.connect).map((address) => ({ address }));
    this.fresh = this.groups(servers).map((group) => this.createLink(group));
    const kinds = this.fresh.map(({ capabilities }) => capabilities);
    this.maxFrame = Math.min(...kinds.map(({ maxFrame }) => maxFrame));
    this.sealSize = Math.max(0, ...kinds.map(({ sealSize }) => sealSize));
  }

  /** Those that calls may go to. */
  get active(): readonly Link[] {
    return this.links;
  }

  /** Those, and others whose calls have not ended. */
  get all(): readonly Link[] {
    return [...this.links, ...this.retired];
  }

  /** Whether there are servers that this client has no link to. */
  get isPartial(): boolean {
    return this.choice.isPartial;
  }

  /**
   * For errors: what was found behind names and sources, since none of it is in what the user gave. Empty
   * where the links lead to just what was given.
   */
  get findings(): string {
    const { links, names, options, sourceFailure } = this;
    if (links.length === 0) {
      return `; no server was found${sourceFailure ? `: ${sourceFailure.message}` : ''}`;
    }
    const given = new Set([names, ...options.connect]);
    const found = links.map(({ name }) => name).filter((name) => !given.has(name));
    return found.length === 0 ? '' : `; what was found: ${listOf(found)}`;
  }

  get snapshots(): readonly LinkSnapshot[] {
    return this.all.map(snapshotOf);
  }

  get isUp(): boolean {
    return this.links.some((link) => link.isUp);
  }

  get sockets(): readonly unknown[] {
    return this.all.flatMap((link) => link.sockets);
  }

  /** Opens a link to each server that is chosen, and follows the servers. */
  open(): void {
    this.unwatch = this.resolver.watch((servers) => this.update(servers));
  }

  /** Resolves when the links that are up have sent what waits, or after `timeout` milliseconds. */
  async flush(timeout: number): Promise<void> {
    await Promise.all(this.all.map((link) => link.flush(timeout)));
  }

  /**
   * The server of a link takes no more calls, and another one may have its address: connects there anew.
   *
   * @returns false where no socket is left for that
   */
  renew(link: Link): boolean {
    const { name, record, tier } = link;
    const servers = [record ?? { address: name }];
    let successor: Link;
    try {
      successor = this.createLink({ name, servers });
    } catch {
      return false;
    }
    successor.follow(servers);
    successor.tier = tier;
    this.links = this.links.map((other) => (other === link ? successor : other));
    this.retired.add(link);
    this.changed();
    this.openLink(successor);
    link.retire('its server closes');
    return true;
  }

  close(): void {
    const { links, unwatch } = this;
    this.links = [];
    this.unwatch = undefined;
    this.known = undefined;
    unwatch?.();
    [...links, ...this.retired].forEach((link) => link.close());
  }

  /** Links have come, gone or risen, or more is known of their servers. */
  protected abstract changed(): void;

  private update(servers: readonly ServerRecord[]): void {
    this.sourceFailure = undefined;
    this.choice.update(servers);
    this.followChoice();
    this.tellChange(servers.map(({ address }) => address));
  }

  /** Follows the choice as far as that is possible, and reports where it is not. */
  private followChoice(): void {
    try {
      this.follow(this.choice.chosen);
    } catch (cause) {
      // The process or the system has no sockets left. Reported as late as what `open` rejects with.
      const message = `cannot open: ${(cause as Error).message}`;
      const error = new RemoteCallError(message, {}, { code: 'UNAVAILABLE' });
      queueMicrotask(() => this.notOpened(error));
    }
  }

  private tellChange(addresses: readonly string[]): void {
    const { known } = this;
    if (known || addresses.length > 0) {
      this.known = addresses;
    }
    const change = known && changeOf(known, addresses);
    if (change) {
      this.owner.serversChanged(change);
    }
  }

  /**
   * Opens links to addresses that are new, and retires those to addresses that are gone.
   *
   * @throws why the first one that has none got no link; the others have theirs
   */
  private follow(servers: readonly ServerRecord[]): void {
    const gone = byName(this.links);
    const fresh = byName(this.fresh);
    const added: Link[] = [];
    const links: Link[] = [];
    const problems: unknown[] = [];
    for (const group of this.groups(servers)) {
      const kept = gone.get(group.name);
      gone.delete(group.name);
      try {
        const link = kept ?? fresh.get(group.name) ?? this.createLink(group);
        links.push(link);
        if (!kept) {
          added.push(link);
        }
        link.follow(group.servers);
        link.tier = link.record ? tierOf(link.record, this.options.zone) : 0;
      } catch (problem) {
        problems.push(problem);
      }
    }
    this.fresh = [];
    this.links = links;
    this.changed();
    added.forEach((link) => this.openLink(link));
    for (const link of gone.values()) {
      this.retired.add(link);
      link.retire();
    }
    if (problems.length > 0) {
      throw problems[0];
    }
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

  /** What each link leads to. */
  private groups(servers: readonly ServerRecord[]): LinkGroup[] {
    return this.options.socket === 'pub'
      ? [{ name: this.names, servers }]
      : servers.map((server) => ({ name: server.address, servers: [server] }));
  }

  private createLink({ name, servers }: LinkGroup): Link {
    const node = this.nodeTo(servers.map(({ address }) => address));
    return new Link(node, name, {
      up: (link) => this.rose(link),
      down: (link, reason) => this.lost(link, reason),
      reached: (address) => this.resolver.reached?.(address),
      unreachable: (address, refusal) => this.unreachable(address, refusal),
      retired: (link) => this.owner.retired(link),
      closed: (link) => this.retired.delete(link),
      failed: (error) => this.owner.failed(error),
      dropped: (reason, detail) => this.owner.dropped(reason, detail),
      message: (link, address, frames) => this.owner.message(link, address, frames),
    });
  }

  private rose(link: Link): void {
    this.changed();
    this.owner.up(link);
    if (this.choice.up(link.name) && this.links.includes(link)) {
      this.followChoice();
    }
  }

  private lost(link: Link, reason: string): void {
    this.owner.down(link, reason);
    if (link.state !== 'closed') {
      this.resolver.refresh?.();
    }
  }

  private unreachable(address: string, refusal: RemoteCallError | undefined): void {
    this.resolver.unreachable?.(address);
    // One beside others is no sign of change: a host may have no IPv6. PUB does not know the others.
    if (!this.isUp || this.options.socket === 'pub') {
      this.resolver.refresh?.();
    }
    this.replace(address);
    if (refusal && this.links.every((link) => link.refusal)) {
      this.owner.refused(refusal);
    }
    this.owner.unreachable();
  }

  /** Has another server take the place of one that is down for a while. */
  private replace(address: string): void {
    const link = this.links.find(({ name }) => name === address);
    const isDown = link && !link.isUp && performance.now() - link.downSince >= REPLACED_AFTER;
    if (isDown && this.choice.unreachable(address)) {
      this.followChoice();
    }
  }
}

/** What one link leads to. */
interface LinkGroup {
  /** Distinguishes it from the others. People read it. */
  readonly name: string;
  readonly servers: readonly ServerRecord[];
}

function byName(links: readonly Link[]): Map<string, Link> {
  return new Map(links.map((link) => [link.name, link]));
}
