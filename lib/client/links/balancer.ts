import { isReserved } from '../../protocol/reserved-methods.js';
import type { Link } from './link.js';

/** With more links than this, two are compared for each call instead of all. */
const FEW = 8;

/** The rank of a router that knows no such service: worse than any that may know it. */
const MISSING = 3;

/** What is known of a call before it has a link. */
export interface CallTarget {
  readonly kind: 'request' | 'event';
  readonly method: string;
  /** The receiver: the service behind a router, `-` for a direct server, the topic on PUB. */
  readonly address: Buffer;
}

/** Chooses the link that a call is sent by. */
export interface Balancer {
  /**
   * @param links all that are open, in whatever state
   * @returns a link that takes the call now, and gets it; undefined where there is none, and the call
   *   waits
   */
  pick(links: readonly Link[], call: CallTarget): Link | undefined;
}

/**
 * Picks the link with the fewest calls in flight among those of the best health; equal ones in turn.
 * A slow server so gets no more calls than it ends. Among many links the better of two random ones is
 * nearly as good, and costs the same however many there are.
 *
 * A router that did not know the service of a call lately gets it last.
 *
 * A link that is to be tried gets one request, before all others. Where no link is trusted, the least
 * bad one gets the calls: none is lost because all servers are suspected.
 */
export class LeastCalls implements Balancer {
  private turn = 0;

  /** @param random gives a number from 0 to 1, below 1 */
  constructor(private readonly random: () => number = Math.random) {}

  pick(links: readonly Link[], call: CallTarget): Link | undefined {
    const { length } = links;
    if (length <= 1) {
      const [link] = links;
      return link?.state === 'ready' && hasRoom(link, call) ? link : undefined;
    }
    const link = (length > FEW && this.betterOfTwo(links, call)) || this.best(links, call);
    if (link?.health.wantsTrial && call.kind === 'request') {
      link.health.tried();
    }
    return link;
  }

  /** The better of two random links, both of which are trusted; undefined where one is not. */
  private betterOfTwo(links: readonly Link[], call: CallTarget): Link | undefined {
    const first = Math.floor(this.random() * links.length);
    const step = 1 + Math.floor(this.random() * (links.length - 1));
    const one = links[first] as Link;
    const other = links[(first + step) % links.length] as Link;
    const [better, worse] = one.calls <= other.calls ? [one, other] : [other, one];
    return takesMore(better, call) && takesMore(worse, call) ? better : undefined;
  }

  private best(links: readonly Link[], call: CallTarget): Link | undefined {
    const { length } = links;
    const { turn } = this;
    let best: Link | undefined;
    let bestRank = Infinity;
    for (let step = 0; step < length; step++) {
      const index = (turn + step) % length;
      const link = links[index] as Link;
      if (link.state !== 'ready') {
        continue;
      }
      const rank = rankFor(link, call);
      if (rank > bestRank || (best && rank === bestRank && best.calls <= link.calls)) {
        continue;
      }
      if (hasRoom(link, call)) {
        best = link;
        bestRank = rank;
        this.turn = index + 1;
      } else if (rank >= 0 && rank < bestRank) {
        // To wait for a good server is better than to call a bad one.
        best = undefined;
        bestRank = rank;
      }
    }
    return best;
  }
}

/** The rank of a link; a link that this call can try comes first. */
function rankFor(link: Link, { kind, address }: CallTarget): number {
  const { health } = link;
  if (kind === 'request' && health.wantsTrial) {
    return -1;
  }
  return link.routeTo(address).isMissing(kind) ? MISSING : health.rank;
}

/** Whether a link is trusted and takes a call. */
function takesMore(link: Link, call: CallTarget): boolean {
  return link.state === 'ready' && rankFor(link, call) <= 0 && hasRoom(link, call);
}

/** Whether the server has room for a call, as far as is known: one that has none refuses requests. */
function hasRoom(link: Link, { kind, method, address }: CallTarget): boolean {
  return kind === 'event' || link.routeTo(address).hasCredit || isReserved(method);
}
