/** What seals the datagrams of one open socket, and opens those that come. */
export interface DatagramSeal {
  /** The socket receives now. */
  start(): void;

  /**
   * Seals a payload.
   *
   * @param address `host:port` of the receiver, where the socket has several
   * @throws {RemoteCallError} `UNAVAILABLE` where no session of that receiver is known
   */
  seal(payload: Uint8Array, address: string): Buffer;

  /**
   * Opens a datagram.
   *
   * @param source `host:port` of its sender
   * @returns the payload; undefined where there is none: it was dropped, or belongs to the seal itself
   */
  open(datagram: Buffer, source: string): Buffer | undefined;

  /** The other side refuses datagrams (ICMP). */
  refused(): void;

  /** The socket is closed. */
  close(): void;
}

/** The owner of a {@link DatagramSeal}. */
export interface DatagramSealOwner {
  /** Sends a datagram that is sealed. @param address as of {@link DatagramSeal.seal} */
  send(datagram: Buffer, address: string): void;
  /** A datagram is dropped. @param source as of {@link DatagramSeal.open} */
  dropped(reason: string, source: string): void;
  /** The other side knows the session, and takes payloads. */
  up(): void;
  /** It does not any more. */
  down(reason: string): void;
  /** The other side does not answer. */
  silent(): void;
  /** The session cannot go on: the socket is to be opened anew. */
  ended(): void;
}

/** Why datagrams are dropped. */
export const Dropped = {
  FORGED: 'datagram that is not authentic',
  UNKNOWN_KEY: 'datagram of an unknown key',
  REPLAYED: 'datagram that was seen before',
  CROWDED: 'datagram of one session too many',
} as const;
