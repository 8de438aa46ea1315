import type { Link } from './link.js';

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
   * @returns a link that takes the call now; undefined where there is none, and the call waits
   */
  pick(links: readonly Link[], call: CallTarget): Link | undefined;
}

/** Picks the links that take a call in turn, so that equal servers get equally many calls. */
export class RoundRobin implements Balancer {
  private turn = 0;

  pick(links: readonly Link[], call: CallTarget): Link | undefined {
    for (let tries = 0; tries < links.length; tries++) {
      const link = links[this.turn++ % links.length];
      if (link && takes(link, call)) {
        return link;
      }
    }
    return undefined;
  }
}

/** Whether the server has room for a call, as far as is known: one that has none refuses requests. */
function takes(link: Link, { kind, address }: CallTarget): boolean {
  return link.state === 'ready' && (kind === 'event' || link.routeTo(address).hasCredit);
}
