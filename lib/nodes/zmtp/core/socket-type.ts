/** The kinds of socket that this engine has, by their names on the wire. */
export type SocketType = 'DEALER' | 'ROUTER' | 'PUB' | 'SUB';

/** Whom a socket may talk to (37/ZMTP, "The Socket-Type Property"). */
const PARTNERS: Readonly<Record<SocketType, readonly string[]>> = {
  DEALER: ['REP', 'DEALER', 'ROUTER'],
  ROUTER: ['REQ', 'DEALER', 'ROUTER'],
  PUB: ['SUB', 'XSUB'],
  SUB: ['PUB', 'XPUB'],
};

/** Whether a socket may talk to one whose type is called so. */
export function isPartner(ours: SocketType, theirs: string): boolean {
  return PARTNERS[ours].includes(theirs);
}

/** Whether a socket tells its identity (37/ZMTP, "The Identity Property"). */
export function hasIdentity(type: SocketType): boolean {
  return type === 'DEALER' || type === 'ROUTER';
}
