/** The most addresses that a text names. */
const MOST = 8;

/** Addresses in one text, for people. Of many it has the first ones. */
export function listOf(addresses: readonly string[]): string {
  const more = addresses.length - MOST;
  const shown = addresses.slice(0, MOST).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
