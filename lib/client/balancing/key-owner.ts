import type { CallTarget, Candidate } from './balancer.js';
import { give, hasRoom, rankFor } from './suitability.js';
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
 * takes its place. One that has no room for the call keeps it waiting.
 *
 * @param except those that do not get it
 * @returns undefined where no server takes calls now
 */
export function ownerOf<Link extends KeyCandidate>(
  links: readonly Link[],
  call: CallTarget,
  key: string,
  except: readonly Link[] = NOBODY,
): Link | undefined {
  const keyHash = hashOf(key);
  let owner: Link | undefined;
  let ownerHash = 0;
  let ownerFails = false;
  for (const link of links) {
    if (!link.isReady || except.includes(link)) {
      continue;
    }
    const fails = hasFailed(link, call);
    const hash = hashOfBoth(keyHash, link.addressHash);
    if (owner) {
      const order = Number(fails) - Number(ownerFails) || link.priority - owner.priority;
      if (order > 0 || (order === 0 && !precedes(hash, link.weight, ownerHash, owner.weight))) {
        continue;
      }
    }
    owner = link;
    ownerHash = hash;
    ownerFails = fails;
  }
  return owner;
}

/** Gives a call to the link of its key; undefined where that has no room for it, or there is none. */
export function pickOwner<Link extends KeyCandidate>(
  links: readonly Link[],
  call: CallTarget,
  key: string,
  except?: readonly Link[],
): Link | undefined {
  const owner = ownerOf(links, call, key, except);
  return owner && hasRoom(owner, call) ? give(owner, call) : undefined;
}

/** Whether one server comes before another one in the order of a key, by their hashes with the key. */
function precedes(hash: number, weight: number, otherHash: number, otherWeight: number): boolean {
  return weight === otherWeight
    ? hash < otherHash
    : placeOf(hash, weight) < placeOf(otherHash, otherWeight);
}

/** The lowest place of all has a chance that is the share of its weight. */
function placeOf(hash: number, weight: number): number {
  return -Math.log1p(-(hash + 0.5) / 2 ** 32) / weight;
}

/** Whether another server has to take the keys; one that is only suspected keeps them. */
function hasFailed(link: Candidate, call: CallTarget): boolean {
  return rankFor(link, call) > 1;
}
