import type { CallTarget } from '../../lib/client/balancing/balancer.js';
import type { KeyCandidate } from '../../lib/client/balancing/key-owner.js';
import { hashOf } from '../../lib/client/balancing/text-hash.js';
import { DIRECT } from '../../lib/protocol/wire-constants.js';

export const REQUEST: CallTarget = { kind: 'request', method: 'run', address: DIRECT };

/** What a test says of a link without a socket. */
export interface CandidateFacts {
  isReady?: boolean;
  tier?: number;
  share?: number;
  weight?: number;
  priority?: number;
  rank?: number;
  hasCredit?: boolean;
}

/** A link without a socket, which a test changes. */
export class TestCandidate implements KeyCandidate {
  calls = 0;
  isReady: boolean;
  tier: number;
  share: number;
  weight: number;
  priority: number;
  hasCredit: boolean;
  readonly health: { rank: number; wantsTrial: boolean; tried: () => void };
  readonly addressHash: number;

  constructor(
    readonly name: string,
    facts: CandidateFacts = {},
  ) {
    const { isReady = true, tier = 0, share = 1, weight = 1, priority = 0 } = facts;
    this.isReady = isReady;
    this.tier = tier;
    this.share = share;
    this.weight = weight;
    this.priority = priority;
    this.hasCredit = facts.hasCredit ?? true;
    this.addressHash = hashOf(name);
    this.health = { rank: facts.rank ?? 0, wantsTrial: false, tried: () => undefined };
  }

  isMissing(): boolean {
    return false;
  }

  routeTo(): this {
    return this;
  }
}

/** Links without sockets. */
export function candidates(count: number, facts?: CandidateFacts): TestCandidate[] {
  return Array.from(
    { length: count },
    (_, number) => new TestCandidate(`tcp://s${number}:1`, facts),
  );
}

/** The same numbers each time, evenly distributed from 0 to 1. */
export function dice(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
