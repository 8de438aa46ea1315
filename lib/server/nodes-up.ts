import type { Node } from '../nodes/node.js';

/** Gets what becomes of {@link NodesUp}. */
export interface NodesUpListener {
  /** A node is up. @param address what it is bound to, or leads to */
  up(address: string): void;
  down(address: string, reason: string): void;
  /** The first node is up. */
  connected(): void;
  /** No node is up any more. */
  disconnected(reason: string): void;
}

/** The nodes of a server that are up, each with the addresses that it leads to or is bound to. */
export class NodesUp {
  private readonly addresses = new Map<Node, string>();

  constructor(private readonly listener: NodesUpListener) {}

  get isEmpty(): boolean {
    return this.addresses.size === 0;
  }

  has(node: Node): boolean {
    return this.addresses.has(node);
  }

  /** Whether others than these are up. */
  hasOthers(except: Pick<ReadonlySet<Node>, 'has'>): boolean {
    return [...this.addresses.keys()].some((node) => !except.has(node));
  }

  add(node: Node, address: string): void {
    const isFirst = this.isEmpty;
    this.addresses.set(node, address);
    this.listener.up(address);
    if (isFirst) {
      this.listener.connected();
    }
  }

  /** Does nothing where the node is not up. */
  delete(node: Node, reason: string): void {
    const address = this.addresses.get(node);
    if (address === undefined) {
      return;
    }
    this.addresses.delete(node);
    this.listener.down(address, reason);
    if (this.isEmpty) {
      this.listener.disconnected(reason);
    }
  }
}
