import { isReserved } from '../../protocol/reserved-methods.js';
import type { CallTarget, Candidate } from './balancer.js';

/** The rank of a router that knows no such service: worse than any that may know it. */
const MISSING = 3;

/** The rank of a link for a call; a link that this call can try comes first. */
export function rankFor(link: Candidate, { kind, address }: CallTarget): number {
  const { health } = link;
  if (kind === 'request' && health.wantsTrial) {
    return -1;
  }
  return link.routeTo(address).isMissing(kind) ? MISSING : health.rank;
}

/** Whether the server has room for a call, as far as is known: one that has none refuses requests. */
export function hasRoom(link: Candidate, { kind, method, address }: CallTarget): boolean {
  return kind === 'event' || link.routeTo(address).hasCredit || isReserved(method);
}

/** Whether a link is trusted and takes a call. */
export function takesMore(link: Candidate, call: CallTarget): boolean {
  return link.isReady && rankFor(link, call) <= 0 && hasRoom(link, call);
}

/** A call is given to a link, and tries it where it has to be tried. */
export function give<Link extends Candidate>(link: Link, { kind }: CallTarget): Link {
  if (link.health.wantsTrial && kind === 'request') {
    link.health.tried();
  }
  return link;
}
