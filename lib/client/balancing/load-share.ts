/** The least that the load of a server leaves of its share. */
const LEAST = 1 / 4;

/** A server that may have told its load. */
export interface LoadedServer {
  /** How many calls it has in flight on average, as it says; 0 where it has not said. */
  readonly load: number;
  readonly tier: number;
  readonly isReady: boolean;
}

/**
 * The lowest load of each tier, of those servers that have told theirs: others may be idle, or new, or
 * get no calls. A server of another tier is no measure, since it gets none.
 */
export function leastLoads(servers: readonly LoadedServer[]): ReadonlyMap<number, number> {
  const least = new Map<number, number>();
  for (const { load, tier, isReady } of servers) {
    if (isReady && load > 0) {
      least.set(tier, Math.min(load, least.get(tier) ?? Infinity));
    }
  }
  return least;
}

/**
 * How much of its share a server gets for its load: all of it where its load is the least of its tier, or
 * where it has told none, less where it is higher. Twice the load is a quarter of the share, which is about
 * as much as evens out what chance has made uneven, and does not swing.
 *
 * @param load as it says; 0 where it has not said
 * @param least the lowest load of the servers beside it
 */
export function loadShareOf(load: number, least: number): number {
  // One more: below one call in flight servers are idle most of the time, and nobody has to be spared.
  return load === 0 ? 1 : Math.max(LEAST, ((least + 1) / (load + 1)) ** 2);
}
