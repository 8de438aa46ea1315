import { DIRECT } from '../../protocol/wire-constants.js';
import type { Link } from './link.js';
import type { LinkRoute } from './link-route.js';

/** How often links with calls in flight are looked at, in milliseconds. */
const INTERVAL = 25;

/** The links that a {@link LinkWatch} looks at. */
interface WatchedLinks {
  /** Those that calls may go to. */
  readonly active: readonly Link[];
  /** Those, and others whose calls have not ended. */
  readonly all: readonly Link[];
}

/** The owner of a {@link LinkWatch}. */
export interface LinkWatchOwner {
  /** Asks the server of a quiet link whether it is there. @returns whether it can be asked */
  ask(link: Link, route: LinkRoute): boolean;
  /** A link was ejected because its server is silent. */
  silent(link: Link): void;
}

/**
 * Notices servers that are silent while calls are in flight there, so that other servers get the next
 * ones. It tells the health of each link what it sees.
 *
 * Servers fall silent together, when a network or a site is lost. Where one does, all others are asked,
 * so that no call has to find out about each.
 *
 * It counts beats of its timer, not time: a process that was blocked itself has no more to say about
 * its servers than one beat. Servers behind a router are not judged: a router speaks for many.
 *
 * It does not keep the process alive.
 */
export class LinkWatch {
  /** Undefined while nothing is expected of any link. */
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly links: WatchedLinks,
    private readonly owner: LinkWatchOwner,
  ) {}

  /** A request was made: where there are several links, they are watched. */
  start(): void {
    if (this.timer === undefined && this.links.active.length > 1) {
      this.timer = setTimeout(this.listen, INTERVAL).unref();
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Lets input that waits have its turn before anybody is judged. */
  private readonly listen = (): void => {
    setImmediate(this.beat);
  };

  private readonly beat = (): void => {
    if (this.timer === undefined) {
      return;
    }
    this.timer = undefined;
    const links = this.links.all;
    const silent = links.filter((link) => this.isSilent(link));
    if (silent.length > 0) {
      links.filter(isJudged).forEach((link) => link.health.doubt(() => this.ask(link)));
      silent.forEach((link) => this.owner.silent(link));
    }
    if (links.some(({ calls, health }) => calls > 0 || health.name === 'suspected')) {
      this.start();
    }
  };

  private isSilent(link: Link): boolean {
    if (!isJudged(link)) {
      return false;
    }
    const { heardAt, hasRequests: isExpecting } = link.routeTo(DIRECT);
    return link.health.observe({
      heardAt,
      isExpecting,
      interval: INTERVAL,
      ask: () => this.ask(link),
    });
  }

  private ask(link: Link): boolean {
    return this.owner.ask(link, link.routeTo(DIRECT));
  }
}

/** Whether its server can be silent, and its calls may have better places. */
function isJudged({ state }: Link): boolean {
  return state === 'ready' || state === 'retiring';
}
