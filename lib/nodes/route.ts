/**
 * Where messages go: their peer, and the frames before each of their payloads.
 *
 * Messages of one route keep their order and may share a frame, so a sender makes one route for all
 * messages to the same place.
 */
export class Route {
  /** The key of the peer: unlike for any two peers. */
  readonly peer: string;
  /** When something was last handed over, on the clock of `performance.now()`. */
  sentAt = -Infinity;

  /**
   * @param address the peer: the identity on a ROUTER, the topic on PUB, `host:port` on UDP, and the
   *   first frame of the protocol on a DEALER
   * @param head the frames between the address and the payload
   */
  constructor(
    readonly address: Uint8Array,
    readonly head: readonly Uint8Array[] = [],
  ) {
    const { buffer, byteOffset, byteLength } = address;
    this.peer = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
  }
}
