import type { ServerRecord } from '../../discovery/server-record.js';

/**
 * Which servers come first: those of the lowest priority, and among them those of the own zone.
 *
 * @param zone the own one; undefined makes no difference between zones
 * @returns a number that is lower for servers that come first, and the same for equal ones
 */
export function tierOf(server: ServerRecord, zone: string | undefined): number {
  const isElsewhere = zone !== undefined && server.zone !== zone;
  return (server.priority ?? 0) * 2 + (isElsewhere ? 1 : 0);
}

/** The servers in their tiers, those that come first at the beginning. @param zone the own one */
export function tiersOf<Server extends ServerRecord>(
  servers: readonly Server[],
  zone: string | undefined,
): readonly (readonly Server[])[] {
  const tiers = new Map<number, Server[]>();
  for (const server of servers) {
    const key = tierOf(server, zone);
    const tier = tiers.get(key) ?? [];
    tier.push(server);
    tiers.set(key, tier);
  }
  return [...tiers].toSorted(([one], [other]) => one - other).map(([, tier]) => tier);
}
