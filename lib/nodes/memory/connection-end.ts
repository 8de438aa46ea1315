/** How many messages of a DEALER or a ROUTER may be on their way on one connection. */
const HIGH_WATER_MARK = 32;

/** The socket of an end. */
export interface EndOwner {
  /** Calls back at the next turn of the event loop, in order, unless the socket is closed by then. */
  later(callback: () => void): void;
  /** A message came by this end. */
  receive(end: ConnectionEnd, frames: Buffer[]): void;
  /** The other side is gone. */
  lost(end: ConnectionEnd): void;
  /** The other side takes messages again. */
  writable(end: ConnectionEnd): void;
}

/** One of the two ends of a connection. */
export class ConnectionEnd {
  /** The other end. */
  private far: ConnectionEnd = this;
  private onTheWay = 0;

  /**
   * @param identity whom a ROUTER sees at the other end
   * @param target the address that its owner has connected to; undefined where that is bound
   */
  private constructor(
    private readonly owner: EndOwner,
    public identity: Buffer,
    readonly target: string | undefined,
  ) {}

  /** Makes both ends of a connection. */
  static pair(
    bound: EndOwner & { readonly identity: Buffer },
    connecting: EndOwner & { readonly identity: Buffer },
    address: string,
  ): [bound: ConnectionEnd, connecting: ConnectionEnd] {
    const one = new ConnectionEnd(bound, connecting.identity, undefined);
    const other = new ConnectionEnd(connecting, bound.identity, address);
    one.far = other;
    other.far = one;
    return [one, other];
  }

  /** Whether the other side has taken most of what was sent. */
  get isWritable(): boolean {
    return this.onTheWay < HIGH_WATER_MARK;
  }

  /** Sends a message, of which the other side gets a copy. */
  send(frames: readonly Uint8Array[]): void {
    const { far } = this;
    const copies = frames.map((frame) => Buffer.from(frame));
    this.onTheWay++;
    far.owner.later(() => {
      const wasWritable = this.isWritable;
      this.onTheWay--;
      far.owner.receive(far, copies);
      if (!wasWritable) {
        this.owner.later(() => this.owner.writable(this));
      }
    });
  }

  /** Tells the other side that this one is gone, after what was sent. */
  close(): void {
    const { far } = this;
    far.owner.later(() => far.owner.lost(far));
  }
}
