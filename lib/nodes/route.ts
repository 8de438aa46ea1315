/**
 * Where messages go: whom they are for, and the frames before each of their payloads.
 *
 * Messages of one route keep their order and may share a frame, so whoever sends many to the same
 * place makes one route for all of them.
 */
export class Route {
  /** Tells one peer from another. */
  readonly peer: string;
  /** When something was last handed over, on the clock of `performance.now()`. */
  sentAt = -Infinity;

  /**
   * @param address the peer: the identity on a ROUTER, the topic on PUB, `host:port` on UDP, and what
   *   the protocol puts first on a DEALER
   * @param head what stands between the address and the payload
   */
  constructor(
    readonly address: Uint8Array,
    readonly head: readonly Uint8Array[] = [],
  ) {
    const { buffer, byteOffset, byteLength } = address;
    this.peer = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
  }
}
