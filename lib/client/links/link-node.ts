import { randomBytes } from 'node:crypto';
import { addressesOf, hasSources } from '../../discovery/create-resolver.js';
import { createNode } from '../../nodes/create-node.js';
import type { Node } from '../../nodes/node.js';
import { CLIENT_IDENTITY_PREFIX } from '../../protocol/wire-constants.js';
import type { ResolvedClientOptions } from '../client-options.js';

/**
 * Makes the node of one link.
 *
 * @param connect the addresses that it leads to
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for an address or an option that cannot work
 */
export function createLinkNode(options: ResolvedClientOptions, connect: readonly string[]): Node {
  const { socket, bind, identity, engine, security, datagramOptions, limits } = options;
  return createNode({
    role: 'client',
    socket,
    bind,
    // PUB is given the rest by `follow`, which leaves out what it cannot use.
    connect: socket === 'pub' ? addressesOf(options.connect) : connect,
    follows: hasSources(options),
    engine,
    security,
    datagramOptions,
    limits,
    identity: socket === 'dealer' ? (identity ?? randomIdentity()) : undefined,
    socketOptions: { maxMessageSize: options.codec.maxPayload, ...options.socketOptions },
  });
}

/** A unique ZeroMQ routing id, by which a router of this package knows its peer's package. */
export function randomIdentity(): string {
  return `${CLIENT_IDENTITY_PREFIX}${randomBytes(16).toString('base64url')}`;
}
