import { RemoteCallError } from '../errors/remote-call.error.js';
import { optionError } from '../errors/option-error.js';
import { withoutCredentials } from '../errors/without-credentials.js';
import { lacksScheme, parseAddress } from '../nodes/address.js';
import { GeneratedResolver, type ServerGenerator } from './generated-resolver.js';
import { EtcdResolver } from './etcd/etcd-resolver.js';
import { JoinedResolver } from './joined-resolver.js';
import type { NameUse } from './names/name-choice.js';
import { NameResolver } from './names/name-resolver.js';
import { type Resolver, StaticResolver } from './resolver.js';
import { SrvResolver } from './srv/srv-resolver.js';
import { SRV_SCHEME } from './srv/srv-source.js';
import { WaitingResolver } from './waiting-resolver.js';

/** What users give to say where servers are. */
export interface Sources {
  /** Addresses, and sources of them. */
  readonly connect: readonly string[];
  /** Another source: a function of the user. */
  readonly resolve?: ServerGenerator | undefined;
}

/** What finds servers, and for whom. */
export interface ResolverOptions extends Sources {
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
  [SRV_SCHEME]: (source, options) => new SrvResolver(source, options),
  'etcd://': (source, options) => new EtcdResolver(source, options),
  'etcds://': (source, options) => new EtcdResolver(source, options),
};

/** Those of `connect` that are addresses themselves, and not sources of addresses. */
export function addressesOf(connect: readonly string[]): readonly string[] {
  return connect.filter((text) => sourceOf(text) === undefined);
}

/** All sources as people may read them. */
export function namesOf({ connect, resolve }: Sources): readonly string[] {
  const names = connect.map((text) => withoutCredentials(text));
  return resolve ? [...names, 'the servers of resolve'] : names;
}

/** Whether there are sources, so that there may be addresses that `connect` does not name. */
export function hasSources({ connect, resolve }: Sources): boolean {
  return resolve !== undefined || connect.some((text) => sourceOf(text) !== undefined);
}

/**
 * Refuses what is no source, and sources that exclude each other.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for a text that is no address and no source, and where
 *   `resolve` is given beside `connect`
 */
export function checkSources({
  connect,
  resolve,
}: Pick<ResolverOptions, 'connect' | 'resolve'>): void {
  if (resolve && connect.length > 0) {
    throw optionError('resolve', resolve, 'leave out connect, or yield its addresses, too');
  }
  addressesOf(connect).forEach(checkAddress);
}

/**
 * Makes what finds the servers that are behind all of `connect`, and those of `resolve`. Whatever a
 * source gives, names in addresses are looked up.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for a text that is no address and no source
 */
export function createResolver(options: ResolverOptions): Resolver {
  const { connect, resolve, ...rest } = options;
  const sources = [
    new StaticResolver(addressesOf(connect)),
    ...connect.flatMap((text) => sourceOf(text)?.(text, options) ?? []),
    ...(resolve ? [new GeneratedResolver(resolve, options.failed)] : []),
  ];
  const resolver = new NameResolver(new JoinedResolver(sources), rest);
  // What only binds waits for nobody.
  return connect.length > 0 || resolve ? new WaitingResolver(resolver) : resolver;
}

/** Names the sources, too, where a text may be meant as one. */
function checkAddress(text: string): void {
  try {
    parseAddress(text, 'connect');
  } catch (error) {
    if (lacksScheme(text) || /^(tcp|udp|ipc|inproc|memory):/.test(text)) {
      throw error;
    }
    const { message, context, code } = error as RemoteCallError;
    const sources = "or a source of servers, 'etcd://host:2379/name' or 'dns+srv://name'";
    throw new RemoteCallError(`${message}, ${sources}`, context, { code });
  }
}

function sourceOf(text: string): Create | undefined {
  return Object.entries(SOURCES).find(([scheme]) => text.startsWith(scheme))?.[1];
}
