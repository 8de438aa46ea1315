/** Who a peer has proven to be. */
export interface AuthenticatedPeer {
  readonly name: string;
  /** Z85, 40 characters */
  readonly publicKey: string;
}

/** What a node needs so that its links are encrypted and its peers known (26/CURVEZMQ). */
export type NodeSecurity = CurveServerSecurity | CurveClientSecurity;

/** That of a node that listens. */
export interface CurveServerSecurity {
  readonly mechanism: 'curve';
  readonly role: 'server';
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /** 32 bytes. */
  readonly secretKey: Buffer;
  /** Whether a peer that has proven this key may come in; undefined refuses it. */
  authorize(
    publicKey: Buffer,
    remoteAddress: string,
  ): AuthenticatedPeer | undefined | Promise<AuthenticatedPeer | undefined>;
  /**
   * Calls back when keys may have been revoked: connections are authorised anew and those refused end.
   *
   * @returns how to stop
   */
  onChange(listener: () => void): () => void;
}

/** That of a node that connects. */
export interface CurveClientSecurity {
  readonly mechanism: 'curve';
  readonly role: 'client';
  /** 32 bytes. */
  readonly serverKey: Buffer;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /** 32 bytes. */
  readonly secretKey: Buffer;
}
