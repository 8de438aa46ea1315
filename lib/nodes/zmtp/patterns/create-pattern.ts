import type { SocketType } from '../core/socket-type.js';
import { DealerPattern } from './dealer.js';
import type { Pattern, PatternOwner } from './pattern.js';
import { PublisherPattern } from './publisher.js';
import { RouterPattern } from './router.js';
import { SubscriberPattern } from './subscriber.js';

const PATTERNS: Readonly<Record<SocketType, (owner: PatternOwner, isProbing: boolean) => Pattern>> =
  {
    ROUTER: (owner) => new RouterPattern(owner),
    DEALER: (owner, isProbing) => new DealerPattern(owner, isProbing),
    PUB: (owner) => new PublisherPattern(owner),
    SUB: (owner) => new SubscriberPattern(owner),
  };

/** Makes the pattern of a type of socket. @param isProbing DEALER: whether it greets its peers */
export function createPattern(type: SocketType, owner: PatternOwner, isProbing: boolean): Pattern {
  return PATTERNS[type](owner, isProbing);
}
