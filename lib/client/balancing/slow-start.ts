/** The share that a server begins with. */
const LEAST = 0.1;

/**
 * How much of its share a server gets that has just come up: a tenth at first, all of it after a while.
 *
 * @param age milliseconds since it came up
 * @param slowStart milliseconds until it has its whole share; 0 gives it at once
 */
export function warmthAt(age: number, slowStart: number): number {
  return age >= slowStart || slowStart === 0 ? 1 : Math.max(LEAST, age / slowStart);
}
