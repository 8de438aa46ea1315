import { listOf } from './address-list.js';

/** Which servers have come and gone, by their addresses. */
export interface ServersChange {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** What has changed from one list of addresses to another; undefined for nothing. */
export function changeOf(
  before: readonly string[],
  after: readonly string[],
): ServersChange | undefined {
  const joined = without(after, before);
  const left = without(before, after);
  return joined.length + left.length > 0 ? { joined, left } : undefined;
}

/** The change in words, for people. */
export function describeChange({ joined, left }: ServersChange): string {
  const parts = [
    ...(joined.length > 0 ? [`joined: ${listOf(joined)}`] : []),
    ...(left.length > 0 ? [`left: ${listOf(left)}`] : []),
  ];
  return `the servers have changed; ${parts.join('; ')}`;
}

function without(addresses: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return addresses.filter((address) => !known.has(address));
}
