/** What a node needs so that what it sends is encrypted, and comes from those who may send it. */
export type NodeSecurity = CurveSecurity | DatagramKeys;

/** The option `security`: `'none'` says that whoever can reach a bound address may use it. */
export type SecurityOption = NodeSecurity | 'none';

/** CURVE encrypts `tcp://` and `ipc://`, and proves who a peer is (26/CURVEZMQ). */
export type CurveSecurity = CurveServerSecurity | CurveClientSecurity;

/** Who a peer has proven to be. */
export interface AuthenticatedPeer {
  readonly name: string;
  /** Z85, 40 characters */
  readonly publicKey: string;
}

/** CURVE of a node that listens. */
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

/** CURVE of a node that connects. */
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

/** Keys of `udp://`, which both sides have: the first seals, all of them open. */
export interface DatagramKeys {
  readonly mechanism: 'udp-key';
  readonly keys: readonly [DatagramKey, ...DatagramKey[]];
}

/** A key of datagrams. */
export interface DatagramKey {
  /** Travels with each datagram, in clear text: 1 to 32 bytes. */
  readonly id: Buffer;
  /** Its 32 bytes: a method, so that no inspection of the object shows them. */
  secret(): Buffer;
}

/** The security of one mechanism; undefined for that of another, and for none. */
export function securityBy<Mechanism extends NodeSecurity['mechanism']>(
  mechanism: Mechanism,
  security: SecurityOption | undefined,
): Extract<NodeSecurity, { mechanism: Mechanism }> | undefined {
  return typeof security === 'object' && security.mechanism === mechanism
    ? (security as Extract<NodeSecurity, { mechanism: Mechanism }>)
    : undefined;
}
