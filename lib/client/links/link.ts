import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Node, NodeCapabilities, OutgoingMessage } from '../../nodes/node.js';
import { DIRECT } from '../../protocol/wire-constants.js';
import { LinkRoute } from './link-route.js';

/** How many routes a link keeps: a client's methods on PUB may be of any number. */
const MAX_ROUTES = 1024;

/** What a {@link Link} tells its owner. */
export interface LinkOwner {
  up(link: Link): void;
  down(link: Link, reason: string): void;
  error(error: RemoteCallError): void;
  dropped(reason: string): void;
  message(link: Link, address: Buffer, frames: Buffer[]): number;
}

/** One node of a client with what the client knows of the other side. */
export class Link {
  isUp = false;
  /** Whether the server takes no more calls by it. */
  isDraining = false;
  private isClosed = false;
  private readonly routes = new Map<string, LinkRoute>();
  private readonly isMultipart: boolean;
  private latest: LinkRoute | undefined;

  /**
   * @param node the transport
   * @param name the addresses it leads to, for people
   */
  constructor(
    private readonly node: Node,
    readonly name: string,
    private readonly listener: LinkOwner,
  ) {
    this.isMultipart = node.capabilities.multipart;
  }

  get capabilities(): NodeCapabilities {
    return this.node.capabilities;
  }

  get receiveCount(): number {
    return this.node.receiveCount;
  }

  get sockets(): readonly unknown[] {
    return this.node.sockets;
  }

  open(): Promise<void> {
    return this.node.open({
      up: () => this.rise(),
      down: (reason) => this.fall(reason),
      error: (error) => this.listener.error(error),
      dropped: (reason) => this.listener.dropped(reason),
      message: (address, frames) => this.listener.message(this, address, frames),
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

  flush(timeout: number): Promise<void> {
    return this.isUp ? this.node.flush(timeout) : Promise.resolve();
  }

  /** Closes the transport and opens it again: the way out of a link that went deaf. */
  async reopen(reason: string): Promise<void> {
    // First, so that what waits goes to others.
    this.fall(reason);
    this.node.close();
    // The calls that have failed by this may have been the last, and have closed the link.
    if (!this.isClosed) {
      await this.open();
    }
  }

  close(): void {
    this.isClosed = true;
    this.fall('closed');
    this.node.close();
  }

  private rise(): void {
    if (!this.isUp) {
      this.isUp = true;
      this.listener.up(this);
    }
  }

  private fall(reason: string): void {
    if (this.isUp) {
      this.isUp = false;
      this.isDraining = false;
      this.routes.forEach((route) => route.reset());
      this.listener.down(this, reason);
    }
  }
}
