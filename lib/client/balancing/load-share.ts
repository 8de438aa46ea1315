/** The least and the most that the load of a server changes its share. */
const LEAST = 1 / 4;

/**
 * How much of its share a server gets for its load: all of it where its load is the least of all, less
 * where it is higher. Twice the load is a quarter of the share, which is about as much as evens out what
 * chance has made uneven, and does not swing.
 *
 * @param load how many calls its server has in flight on average, as it says
 * @param least the lowest load of the servers beside it
 */
export function loadShareOf(load: number, least: number): number {
  // One more: below one call in flight servers are idle most of the time, and nobody has to be spared.
  return Math.max(LEAST, ((least + 1) / (load + 1)) ** 2);
}
