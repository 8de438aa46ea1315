import { leastLoads, loadShareOf } from '../balancing/load-share.js';
import { warmthAt } from '../balancing/slow-start.js';
import type { Link } from './link.js';

/** How many steps a slow start has. */
const STEPS = 20;

/** The least milliseconds between two steps. */
const LEAST_STEP = 50;

/** The owner of {@link LinkShares}. */
export interface LinkSharesOwner {
  /** Those that calls may go to. */
  readonly active: readonly Link[];
  /** Whether other clients have links to other servers, so that chance makes some busier. */
  readonly isPartial: boolean;
  /** The shares of links have changed. */
  sharesChanged(): void;
}

/**
 * Keeps the share of each link: the weight of its server, less while that is new, and less where it says
 * that it is busier than others.
 *
 * It does not keep the process alive.
 */
export class LinkShares {
  /** Undefined while no server is new. */
  private timer: NodeJS.Timeout | undefined;

  /** @param slowStart milliseconds until a server that has come up has its whole share */
  constructor(
    private readonly slowStart: number,
    private readonly owner: LinkSharesOwner,
  ) {}

  /** Something has changed that shares depend on. */
  readonly update = (): void => {
    const { slowStart, owner } = this;
    const links = owner.active;
    const least = leastLoads(links);
    const now = performance.now();
    let isWarming = false;
    let hasChanged = false;
    for (const link of links) {
      const warmth = warmthAt(now - link.upSince, slowStart);
      const loadShare = owner.isPartial ? loadShareOf(link.load, least.get(link.tier) ?? 0) : 1;
      const share = link.weight * warmth * loadShare;
      isWarming ||= link.isReady && warmth < 1;
      hasChanged ||= share !== link.share;
      link.share = share;
    }
    if (hasChanged) {
      owner.sharesChanged();
    }
    this.wake(isWarming);
  };

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private wake(isWarming: boolean): void {
    this.close();
    if (isWarming) {
      this.timer = setTimeout(this.update, Math.max(LEAST_STEP, this.slowStart / STEPS)).unref();
    }
  }
}
