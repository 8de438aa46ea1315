/** A key that both sides of a datagram have. */
export interface DatagramKey {
  /** Travels with each datagram, in clear text: 1 to 32 bytes. */
  readonly id: Buffer;
  /** Its 32 bytes: a method, so that no inspection of the object shows them. */
  secret(): Buffer;
}

/** What a node for datagrams needs so that they are sealed: the first key seals, all of them open. */
export interface DatagramKeys {
  readonly mechanism: 'udp-key';
  readonly keys: readonly [DatagramKey, ...DatagramKey[]];
}
