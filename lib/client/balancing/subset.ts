import type { ServerRecord } from '../../discovery/server-record.js';
import { hashOf, hashOfBoth } from './text-hash.js';

/** How many servers beyond the first tier are linked at least: its loss then costs no connecting time. */
const SPARE = 2;

/** How many servers are linked at most, for each that is wanted, while others are down. */
const MOST_TRIED = 2;

/**
 * Chooses the servers that a client links to where there are more than it wants links.
 *
 * Each client has an order of its own over all servers, by rendezvous hashing, and takes the first of
 * it. So clients spread evenly over the servers; a server that comes takes the place of the last one at
 * those clients alone that choose it, and one that goes is replaced by the next at those that had it.
 *
 * One that is down stays chosen, and another takes its place until it is back: a client links to as many
 * as it wants of those that are up.
 *
 * Weights do not matter here: a server of twice the weight would get twice the share from twice the
 * clients.
 */
export class Subset {
  private readonly seed: number;

  /**
   * @param size how many servers it wants; 0 for all
   * @param client what distinguishes this client from the others
   */
  constructor(
    private readonly size: number,
    client: string,
  ) {
    this.seed = hashOf(client);
  }

  /**
   * @param tiers those that come first at the beginning
   * @param isDown whether a server cannot be reached at present
   * @returns those to link to, tier by tier
   */
  choose<Server extends ServerRecord>(
    tiers: readonly (readonly Server[])[],
    isDown: (server: Server) => boolean,
  ): readonly Server[] {
    const { size } = this;
    const servers = tiers.flat();
    if (size === 0 || servers.length <= size) {
      return servers;
    }
    const chosen: Server[] = [];
    let left = size;
    tiers.forEach((tier, index) => {
      const beyond = servers.length - tier.length;
      const wanted = index === 0 ? Math.max(1, left - Math.min(SPARE, beyond)) : left;
      left -= this.take(tier, wanted, isDown, chosen);
    });
    return chosen;
  }

  /** Takes servers in the order of this client. @returns how many of them are up */
  private take<Server extends ServerRecord>(
    tier: readonly Server[],
    wanted: number,
    isDown: (server: Server) => boolean,
    chosen: Server[],
  ): number {
    let up = 0;
    let tried = 0;
    for (const server of this.inOrder(tier)) {
      if (up >= wanted || tried >= wanted * MOST_TRIED) {
        break;
      }
      chosen.push(server);
      tried++;
      up += isDown(server) ? 0 : 1;
    }
    return up;
  }

  private inOrder<Server extends ServerRecord>(servers: readonly Server[]): readonly Server[] {
    return servers
      .map((server) => ({ server, place: hashOfBoth(this.seed, hashOf(server.address)) }))
      .toSorted(
        (one, other) =>
          one.place - other.place || (one.server.address < other.server.address ? -1 : 1),
      )
      .map(({ server }) => server);
  }
}
