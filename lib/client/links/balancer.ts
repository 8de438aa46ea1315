import type { Link } from './link.js';

/** What is known of a call before it has a link. */
export interface CallTarget {
  readonly method: string;
  /** The receiver: the service behind a router, `-` for a direct server, the topic on PUB. */
  readonly address: Buffer;
}

/** Chooses the link that a call is sent by. */
export interface Balancer {
  /**
   * @param links all that are open, in whatever state
   * @returns a link that is ready; undefined where there is none, and the call waits
   */
  pick(links: readonly Link[], call: CallTarget): Link | undefined;
}

/** Picks the links that are ready in turn, so that equal servers get equally many calls. */
export class RoundRobin implements Balancer {
  private turn = 0;

  pick(links: readonly Link[]): Link | undefined {
    for (let tries = 0; tries < links.length; tries++) {
      const link = links[this.turn++ % links.length];
      if (link?.state === 'ready') {
        return link;
      }
    }
    return undefined;
  }
}
