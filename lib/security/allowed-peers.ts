/** The peers who may connect. */
export interface AllowedPeers {
  /** The name of the peer with this key; undefined where it may not connect. */
  nameOf(publicKey: string, address: string): string | undefined | Promise<string | undefined>;
  /** Calls back when they change. @returns how to stop */
  watch?(changed: () => void): () => void;
}
