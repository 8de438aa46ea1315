import { type ResourceRecord, type Response, isSameName } from './dns-message.js';

/** A server of a service, as an SRV record names it. */
export interface SrvTarget {
  readonly host: string;
  readonly port: number;
  readonly priority: number;
  /** Its share of the calls among those of its priority, above 0. */
  readonly weight: number;
}

/** What a response tells of a name, and for how many seconds. */
export interface Told<Value> {
  readonly values: readonly Value[];
  readonly ttl: number;
}

/** The target of a service that is not available. */
const NOWHERE = '.';

/** The share of a weight of 0 beside others. */
const SMALL_WEIGHT = 0.01;

/** More aliases than these lead nowhere. */
const MOST_ALIASES = 8;

/**
 * The servers of a service; none where it says itself that it is not available.
 *
 * A weight of 0 is nearly no share beside others of its priority, and the same share as theirs where all
 * are 0, as RFC 2782 has it.
 *
 * @returns undefined where the name has no SRV records
 */
export function targetsOf({ answers }: Response, name: string): Told<SrvTarget> | undefined {
  const { owned, ttl } = recordsOf(answers, name);
  const locations = owned.flatMap((record) => (record.type === 'SRV' ? [record.data] : []));
  if (locations.length === 0) {
    return undefined;
  }
  const weighted = new Set(
    locations.filter(({ weight }) => weight > 0).map(({ priority }) => priority),
  );
  const values = locations
    .filter(({ target }) => target !== NOWHERE)
    .map(({ target, port, priority, weight }) => ({
      host: target.toLowerCase(),
      port,
      priority,
      weight: weight || (weighted.has(priority) ? SMALL_WEIGHT : 1),
    }));
  return { values, ttl };
}

/**
 * The IP addresses of a host, those of IPv4 first.
 *
 * @returns undefined where there is none
 */
export function addressesOf(
  records: readonly ResourceRecord[],
  host: string,
): Told<string> | undefined {
  const { owned, ttl } = recordsOf(records, host);
  const values = (['A', 'AAAA'] as const).flatMap((type) =>
    owned.flatMap((record) => (record.type === type ? [record.data] : [])),
  );
  return values.length > 0 ? { values: [...new Set(values)], ttl } : undefined;
}

/** The records of a name, or of what it is an alias of, and the shortest time that leads to them. */
function recordsOf(
  records: readonly ResourceRecord[],
  name: string,
): { owned: readonly ResourceRecord[]; ttl: number } {
  const path: ResourceRecord[] = [];
  let owner = name;
  for (let aliases = 0; aliases < MOST_ALIASES; aliases++) {
    const alias = records.find(
      (record) => record.type === 'CNAME' && isSameName(record.name, owner),
    );
    if (alias?.type !== 'CNAME') {
      break;
    }
    path.push(alias);
    owner = alias.data;
  }
  const owned = records.filter(
    (record) => record.type !== 'CNAME' && isSameName(record.name, owner),
  );
  return { owned, ttl: Math.min(...[...path, ...owned].map(({ ttl }) => ttl)) };
}
