import type { CallTarget, Candidate } from './balancer.js';
import { give, hasRoom } from './suitability.js';
import { hashOf, hashOfBoth } from './text-hash.js';

const NOBODY: readonly never[] = [];

/** A link that can own keys. */
export interface KeyCandidate extends Candidate {
  /** What {@link hashOf} makes of the address of its server. */
  readonly addressHash: number;
  /** How many keys it has beside others, above 0. */
  readonly weight: number;
  readonly priority: number;
}

/**
 * Finds the link of a key by rendezvous hashing: every client that knows the same servers by the same
 * addresses finds the same one, without asking anybody. A server that comes takes its share of the keys
 * from all others, and those of one that goes are spread over all others. No other key moves.
 *
 * Where the server of a key is not connected, closes, or has failed, the next one in the order of the key
 * takes its place. One that has no room for the call is waited for.
 *
 * @param except those that do not get it
 * @returns undefined where no server takes the call now
 */
export function ownerOf<Link extends KeyCandidate>(
  links: readonly Link[],
  call: CallTarget,
  key: string,
  except: readonly Link[] = NOBODY,
): Link | undefined {
  const hash = hashOf(key);
  let owner: Link | undefined;
  let best = Infinity;
  for (const link of links) {
    if (!link.isReady || except.includes(link) || (owner && isBefore(owner, link, call))) {
      continue;
    }
    const place = placeOf(link, hash);
    if (!owner || place < best || isBefore(link, owner, call)) {
      owner = link;
      best = place;
    }
  }
  return owner && hasRoom(owner, call) ? give(owner, call) : undefined;
}

/** The lowest place of all has a chance that is the share of its weight. */
function placeOf({ addressHash, weight }: KeyCandidate, hash: number): number {
  const uniform = (hashOfBoth(hash, addressHash) + 0.5) / 2 ** 32;
  return -Math.log(uniform) / weight;
}

/** Whether a link is better than another one for any key. */
function isBefore(link: KeyCandidate, other: KeyCandidate, call: CallTarget): boolean {
  const failures = Number(hasFailed(link, call)) - Number(hasFailed(other, call));
  return failures < 0 || (failures === 0 && link.priority < other.priority);
}

/** Whether another server has to take the keys; one that is only suspected keeps them. */
function hasFailed({ health }: Candidate, { kind }: CallTarget): boolean {
  return health.rank > 1 && !(kind === 'request' && health.wantsTrial);
}
