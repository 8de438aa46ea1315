import type { RemoteCallError } from '../errors/remote-call.error.js';
import { DatagramNode } from '../nodes/datagram-node.js';
import type { Node, OutgoingMessage } from '../nodes/node.js';

/** What a {@link Link} tells its owner. */
export interface LinkListener {
  up(link: Link): void;
  down(link: Link, reason: string): void;
  error(error: RemoteCallError): void;
  dropped(reason: string): void;
  message(link: Link, address: Buffer, frames: Buffer[]): void;
}

/** One node of a client with what the client knows of the other side. */
export class Link {
  isUp = false;
  private isClosed = false;

  /**
   * @param node the transport
   * @param name the addresses it leads to, for people
   */
  constructor(
    private readonly node: Node,
    readonly name: string,
    private readonly listener: LinkListener,
  ) {}

  /** A datagram carries no address frame, and a link of them cannot go deaf. */
  get isDatagram(): boolean {
    return this.node instanceof DatagramNode;
  }

  /** The most bytes that a payload can have, where the transport sets a limit. */
  get maxFrame(): number | undefined {
    return this.node.maxFrame;
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
    this.node.close();
    this.fall(reason);
    // The calls that have failed by this may have been the last, and have closed the link.
    if (!this.isClosed) {
      await this.open();
    }
  }

  close(): void {
    this.isClosed = true;
    this.node.close();
    this.fall('closed');
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
      this.listener.down(this, reason);
    }
  }
}
