import { randomBytes } from 'node:crypto';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { createNode } from '../../nodes/create-node.js';
import type { Node } from '../../nodes/node.js';
import { CLIENT_IDENTITY_PREFIX } from '../../protocol/wire-constants.js';
import type { ResolvedClientOptions } from '../client-options.js';
import { Link, type LinkOwner } from './link.js';

/**
 * The links of a client: one for each address, since a DEALER deals what it sends to all its
 * connections; PUB has one for all.
 */
export class LinkPool {
  /** The most bytes that a payload can have: what each link has room for. */
  readonly maxFrame: number;

  private links: Link[] = [];
  /** Made at once, so that what is wrong fails then and not at the first call. */
  private fresh: Link[] | undefined;
  private turn = 0;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work */
  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly listener: LinkOwner,
  ) {
    this.fresh = this.createLinks();
    this.maxFrame = Math.min(...this.fresh.map(({ capabilities }) => capabilities.maxFrame));
  }

  get isOpen(): boolean {
    return this.links.length > 0;
  }

  get isUp(): boolean {
    return this.links.some((link) => link.isUp);
  }

  get sockets(): readonly unknown[] {
    return this.links.flatMap((link) => link.sockets);
  }

  /** All addresses, for people. */
  get names(): string {
    return [...this.options.connect, ...this.options.bind].join(', ');
  }

  /** One of the links whose servers take calls, in turn. */
  next(): Link | undefined {
    const { links } = this;
    for (let tries = 0; tries < links.length; tries++) {
      const link = links[this.turn++ % links.length];
      if (link?.isUp && !link.isDraining) {
        return link;
      }
    }
    return undefined;
  }

  /**
   * Opens all links. Does nothing when they are open.
   *
   * @param failed is told what keeps the last of them from even trying
   */
  open(failed: (error: RemoteCallError) => void): void {
    if (this.isOpen) {
      return;
    }
    this.links = this.fresh ?? this.createLinks();
    this.fresh = undefined;
    for (const link of this.links) {
      link.open().catch((error: RemoteCallError) => {
        // A link that was closed meanwhile is no concern of those after it.
        if (this.links.includes(link)) {
          this.links = this.links.filter((other) => other !== link);
          if (this.links.length === 0) {
            failed(error);
          } else {
            this.listener.error(error);
          }
        }
      });
    }
  }

  /** Resolves when the links that are up have sent what waits, or after `timeout` milliseconds. */
  async flush(timeout: number): Promise<void> {
    await Promise.all(this.links.map((link) => link.flush(timeout)));
  }

  close(): void {
    const { links } = this;
    this.links = [];
    for (const link of links) {
      link.close();
    }
  }

  private createLinks(): Link[] {
    const { socket, connect } = this.options;
    return socket === 'pub'
      ? [new Link(this.createNode(connect), this.names, this.listener)]
      : connect.map((address) => new Link(this.createNode([address]), address, this.listener));
  }

  private createNode(connect: readonly string[]): Node {
    const { socket, identity, socketOptions, codec } = this.options;
    return createNode({
      ...this.options,
      role: 'client',
      connect,
      identity: socket === 'dealer' ? (identity ?? randomIdentity()) : undefined,
      socketOptions: { maxMessageSize: codec.maxPayload, ...socketOptions },
    });
  }
}

/** A ZeroMQ routing id that nobody else has, and that tells a router of ours whom it talks to. */
function randomIdentity(): string {
  return `${CLIENT_IDENTITY_PREFIX}${randomBytes(16).toString('base64url')}`;
}
