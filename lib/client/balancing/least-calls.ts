import type { Balancer, CallTarget, Candidate } from './balancer.js';
import { ShareTable } from './share-table.js';
import { give, hasRoom, rankFor, takesMore } from './suitability.js';

/** With more links than this, two are compared for each call instead of all. */
const FEW = 8;

const NOBODY: readonly never[] = [];

/** Links of one tier, with their shares. */
interface Tier<Link extends Candidate> {
  readonly links: readonly Link[];
  readonly shares: ShareTable;
}

/**
 * Picks the link with the fewest calls in flight for its share, among those of the best health and of
 * the first tier that takes any. Of equally busy ones each has its turn or, where shares differ, is
 * drawn by its share. A slow server so gets no more calls than it ends. Among many links the better of
 * two drawn ones is nearly as good, and costs the same however many there are.
 *
 * A router that did not know the service of a call lately gets it last.
 *
 * A link that is to be tried gets one request, before all others. Where no link is trusted, the least
 * bad one gets the calls: none is lost because all servers are suspected.
 */
export class LeastCalls<Link extends Candidate> implements Balancer<Link> {
  private turn = 0;
  /** The links that the rest was made for; undefined where it has to be made anew. */
  private known: readonly Link[] | undefined;
  private firstTier: Tier<Link> = tierOf<Link>([]);
  /** Whether all links have the same share. */
  private isEven = true;

  /** @param random gives a number from 0 to 1, below 1 */
  constructor(private readonly random: () => number = Math.random) {}

  pick(
    links: readonly Link[],
    call: CallTarget,
    except: readonly Link[] = NOBODY,
  ): Link | undefined {
    if (links.length <= 1) {
      const [link] = links;
      return link?.isReady && hasRoom(link, call) && !except.includes(link) ? link : undefined;
    }
    if (links !== this.known) {
      this.learn(links);
    }
    const link = this.quickly(call, except) ?? this.carefully(links, call, except);
    return link && give(link, call);
  }

  sharesChanged(): void {
    this.known = undefined;
  }

  private learn(links: readonly Link[]): void {
    const first = Math.min(...links.map(({ tier }) => tier));
    this.known = links;
    this.firstTier = tierOf(links.filter(({ tier }) => tier === first));
    this.isEven = links.every(({ share }) => share === links[0]?.share);
  }

  /** Draws two links of the first tier; undefined where not both are trusted and take the call. */
  private quickly(call: CallTarget, except: readonly Link[]): Link | undefined {
    const { length } = this.firstTier.links;
    if (length < 2 || (length <= FEW && this.isEven) || except.length > 0) {
      return undefined;
    }
    const [one, other] = this.two(this.firstTier);
    return takesMore(one, call) && takesMore(other, call) ? lessBusy(one, other) : undefined;
  }

  /** Looks at all links. */
  private carefully(
    links: readonly Link[],
    call: CallTarget,
    except: readonly Link[],
  ): Link | undefined {
    if (this.isEven) {
      return this.inTurn(links, call, except);
    }
    const best = bestOf(links, call, except);
    return best.length < 2 ? best[0] : lessBusy(...this.two(tierOf(best)));
  }

  /** The first one is drawn by its share: so links without calls get calls by their shares. */
  private two({ links, shares }: Tier<Link>): [Link, Link] {
    const { length } = links;
    const first = shares.draw(this.random());
    const step = 1 + Math.floor(this.random() * (length - 1));
    return [links[first] as Link, links[(first + step) % length] as Link];
  }

  private inTurn(
    links: readonly Link[],
    call: CallTarget,
    except: readonly Link[],
  ): Link | undefined {
    const { length } = links;
    const { turn } = this;
    let best: Link | undefined;
    let bestRank = Infinity;
    for (let step = 0; step < length; step++) {
      const index = (turn + step) % length;
      const link = links[index] as Link;
      if (!link.isReady || except.includes(link)) {
        continue;
      }
      const rank = rankFor(link, call);
      if (rank > bestRank || (best && rank === bestRank && !precedes(link, best))) {
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

function tierOf<Link extends Candidate>(links: readonly Link[]): Tier<Link> {
  return { links, shares: new ShareTable(links.map(({ share }) => share)) };
}

/** The links that take a call, of the best health that any link has, and of the first tier. */
function bestOf<Link extends Candidate>(
  links: readonly Link[],
  call: CallTarget,
  except: readonly Link[],
): readonly Link[] {
  let best: Link[] = [];
  let bestRank = Infinity;
  for (const link of links) {
    const rank = rankFor(link, call);
    if (!link.isReady || except.includes(link) || rank > bestRank) {
      continue;
    }
    const takesIt = hasRoom(link, call);
    if (rank < bestRank && (takesIt || rank >= 0)) {
      best = [];
      bestRank = rank;
    }
    const [rival] = best;
    if (!takesIt || (rival && link.tier > rival.tier)) {
      continue;
    }
    best = rival?.tier === link.tier ? best : [];
    best.push(link);
  }
  return best;
}

/** Whether a link comes before another one of the same rank. */
function precedes(link: Candidate, other: Candidate): boolean {
  return link.tier === other.tier ? link.calls < other.calls : link.tier < other.tier;
}

/** The other one, where it would be less busy for its share even with one more call. */
function lessBusy<Link extends Candidate>(one: Link, other: Link): Link {
  return (other.calls + 1) * one.share <= one.calls * other.share ? other : one;
}
