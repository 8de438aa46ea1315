import { createResolver } from '../../discovery/create-resolver.js';
import type { NameUse } from '../../discovery/names/name-choice.js';
import type { Resolver } from '../../discovery/resolver.js';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { ResolvedClientOptions } from '../client-options.js';

/** What finds the servers of a client. @param failed a source has failed, at a limited rate */
export function serverResolver(
  options: ResolvedClientOptions,
  failed: (error: RemoteCallError) => void,
): Resolver {
  const { connect, resolve, resolveInterval: interval } = options;
  return createResolver({ connect, resolve, interval, use: nameUseOf(options), failed });
}

/** Whom a client would reach twice: a subscriber, or a server by which it is known as one. */
function nameUseOf({ socket, identity }: ResolvedClientOptions): NameUse {
  if (socket === 'pub') {
    return 'family';
  }
  return identity === undefined ? 'all' : 'one';
}
