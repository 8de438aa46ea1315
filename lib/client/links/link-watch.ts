import { DIRECT } from '../../protocol/wire-constants.js';
import type { Link } from './link.js';
import type { LinkRoute } from './link-route.js';

/** How often links with calls in flight are looked at, in milliseconds. */
const INTERVAL = 25;

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
 * It counts beats of its timer, not time: a process that was blocked itself has no more to say about
 * its servers than one beat. Servers behind a router are not judged: a router speaks for many.
 *
 * It does not keep the process alive.
 */
export class LinkWatch {
  /** Undefined while nothing is expected of any link. */
  private timer: NodeJS.Timeout | undefined;

  /** @param links gives those that calls may go to */
  constructor(
    private readonly links: () => readonly Link[],
    private readonly owner: LinkWatchOwner,
  ) {}

  /** A request was made: where there are several links, they are watched. */
  start(): void {
    if (this.timer === undefined && this.links().length > 1) {
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
    const links = this.links();
    links.forEach((link) => this.look(link));
    if (links.some((link) => link.calls > 0)) {
      this.start();
    }
  };

  private look(link: Link): void {
    if (link.state !== 'ready') {
      return;
    }
    const route = link.routeTo(DIRECT);
    const isSilent = link.health.observe({
      heardAt: route.heardAt,
      isExpecting: route.hasRequests,
      interval: INTERVAL,
      ask: () => this.owner.ask(link, route),
    });
    if (isSilent) {
      this.owner.silent(link);
    }
  }
}
