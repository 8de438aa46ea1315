import type { RemoteCallError } from '../errors/remote-call.error.js';
import { EtcdResolver } from './etcd/etcd-resolver.js';
import { JoinedResolver } from './joined-resolver.js';
import type { NameUse } from './names/name-choice.js';
import { NameResolver } from './names/name-resolver.js';
import type { Resolver } from './resolver.js';

/** What finds servers, and for whom. */
export interface ResolverOptions {
  /** Addresses, and sources of them, as users give them. */
  readonly connect: readonly string[];
  /** Milliseconds between two lookups of a name; 0 for none unless an address is lost. */
  readonly interval: number;
  /** What a name stands for: whoever it would be wrong to reach twice. */
  readonly use: NameUse;
  /** A source has failed, at a limited rate. It goes on trying, and its servers stay. */
  readonly failed: (error: RemoteCallError) => void;
}

/** Makes what finds the servers of a source. This file alone names the kinds of sources. */
type Create = (source: string, options: ResolverOptions) => Resolver;

/** By the beginning of what users give. */
const SOURCES: Readonly<Record<string, Create>> = {
  'etcd://': (source, options) => new EtcdResolver(source, options),
  'etcds://': (source, options) => new EtcdResolver(source, options),
};

/** Those of `connect` that are addresses themselves, and not sources of addresses. */
export function addressesOf(connect: readonly string[]): readonly string[] {
  return connect.filter((text) => sourceOf(text) === undefined);
}

/**
 * Makes what finds the servers that are behind all of `connect`.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for a text that is no address and no source
 */
export function createResolver(options: ResolverOptions): Resolver {
  const { connect, ...rest } = options;
  const addresses = addressesOf(connect);
  const names = new NameResolver(addresses, rest);
  const sources = connect.flatMap((text) => sourceOf(text)?.(text, options) ?? []);
  const [only] = sources;
  if (only === undefined) {
    return names;
  }
  return addresses.length === 0 && sources.length === 1
    ? only
    : new JoinedResolver([names, ...sources]);
}

function sourceOf(text: string): Create | undefined {
  return Object.entries(SOURCES).find(([scheme]) => text.startsWith(scheme))?.[1];
}
