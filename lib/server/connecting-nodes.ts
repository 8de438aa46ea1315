import type { Resolver } from '../discovery/resolver.js';
import type { Node } from '../nodes/node.js';

/** The owner of {@link ConnectingNodes}. */
export interface ConnectingNodesOwner {
  /** Makes the node for an address. */
  create(address: string): Node;
  /** Opens a node. Rejects where it cannot be opened, and nothing of it stays then. */
  added(node: Node): Promise<void>;
  /** Closes a node whose address is gone, when its calls have ended. @returns false where it stays */
  gone(node: Node): Promise<boolean>;
  /** The address of a node is back, which therefore does not close. */
  back(node: Node): void;
}

/** The nodes of a server that connects: one for each address, as the addresses come and go. */
export class ConnectingNodes {
  private readonly nodes = new Map<string, Node>();
  /** Those whose addresses are gone, and which have not closed. */
  private readonly leaving = new Map<string, Node>();
  private unwatch: (() => void) | undefined;

  constructor(
    private readonly resolver: Resolver,
    private readonly owner: ConnectingNodesOwner,
  ) {}

  /**
   * Follows the addresses until `close`.
   *
   * @param failed gets the error of a node that cannot be opened later
   * @throws the error of one that cannot be opened now
   */
  async open(failed: (error: Error) => void): Promise<void> {
    let opening: Promise<unknown> = Promise.resolve();
    let isFirst = true;
    this.unwatch = this.resolver.watch((servers) => {
      const added = Promise.all(this.follow(servers.map(({ address }) => address)));
      if (isFirst) {
        opening = added;
      } else {
        added.catch(failed);
      }
      isFirst = false;
    });
    await opening;
  }

  /** The address that a node connects to; undefined for one that is not of these. */
  addressOf(node: Node): string | undefined {
    return [...this.nodes].find(([, candidate]) => candidate === node)?.[0];
  }

  /** Leaves the nodes to their owner. */
  close(): void {
    this.unwatch?.();
    this.unwatch = undefined;
    this.nodes.clear();
    this.leaving.clear();
  }

  private follow(addresses: readonly string[]): Promise<void>[] {
    for (const [address, node] of this.nodes) {
      if (!addresses.includes(address)) {
        this.nodes.delete(address);
        void this.leave(address, node);
      }
    }
    addresses.forEach((address) => this.comeBack(address));
    const added = addresses.filter((address) => !this.nodes.has(address));
    // An address of which no node can be made rejects, as one that cannot be opened.
    return added.map(async (address) => {
      const node = this.owner.create(address);
      this.nodes.set(address, node);
      await this.owner.added(node);
    });
  }

  private async leave(address: string, node: Node): Promise<void> {
    this.leaving.set(address, node);
    if (await this.owner.gone(node)) {
      this.leaving.delete(address);
    }
  }

  /** A router knows one connection of an identity: a second one would take the place of that which leaves. */
  private comeBack(address: string): void {
    const node = this.leaving.get(address);
    if (node) {
      this.leaving.delete(address);
      this.nodes.set(address, node);
      this.owner.back(node);
    }
  }
}
