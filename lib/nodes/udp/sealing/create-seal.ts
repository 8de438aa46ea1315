import type { DatagramKeys } from '../../security.js';
import type { DatagramRole } from '../datagram-socket.js';
import type { DatagramSeal, DatagramSealOwner } from './datagram-seal.js';
import { SealedClient } from './sealed-client.js';
import { SealedServer } from './sealed-server.js';
import { AUDIENCE_SIZE, SESSION_SIZE } from './session.js';
import { TAG_SIZE } from './session-key.js';

/** What a sealed datagram has beside key id, session and tag: heads, labels, algorithm and counter. */
const STRUCTURE = 23;

/** Bytes that sealing adds to a datagram at most. */
export function sealSize(keys: DatagramKeys['keys']): number {
  const longest = Math.max(...keys.map(({ id }) => id.length));
  return STRUCTURE + longest + SESSION_SIZE + AUDIENCE_SIZE + TAG_SIZE;
}

/** Makes the seal of a socket by its use. */
export function createSeal(
  keys: DatagramKeys['keys'],
  role: DatagramRole,
  owner: DatagramSealOwner,
): DatagramSeal {
  return role === 'receive'
    ? new SealedServer(keys, owner)
    : new SealedClient(keys, role === 'sendToMany', owner);
}
