import { randomInt } from 'node:crypto';
import type { AuthenticatedPeer } from '../../security.js';
import type { Batch } from '../../sending/packing.js';
import type { Connection } from '../connection.js';
import type { Pattern, PatternOwner, Sent } from './pattern.js';

/** What an empty message consists of. */
const NOTHING = Buffer.alloc(0);

/**
 * ROUTER: sends to the peer that a message names, and tells from whom each comes (28/REQREP, "The
 * ROUTER Socket Type").
 *
 * Of two peers with one identity the younger takes over (ROUTER_HANDOVER of libzmq). The older stays
 * connected, for it would come back at once and take over itself; what it sends is dropped. When a
 * peer is lost, an empty message of it comes (ROUTER_NOTIFY).
 */
export class RouterPattern implements Pattern {
  private readonly peers = new Map<string, Connection>();
  private readonly displaced = new Set<Connection>();
  private nextIdentity = randomInt(0x1_0000_0000);

  constructor(private readonly owner: PatternOwner) {}

  admit(connection: Connection): void {
    if (connection.identity.length === 0) {
      connection.identity = this.makeIdentity();
    }
    const key = connection.identity.toString('latin1');
    const older = this.peers.get(key);
    if (older) {
      this.displaced.add(older);
    }
    this.peers.set(key, connection);
  }

  forget(connection: Connection): void {
    if (!this.displaced.delete(connection)) {
      this.peers.delete(connection.identity.toString('latin1'));
      this.owner.message(connection.identity, [NOTHING]);
    }
  }

  receive(connection: Connection, frames: Buffer[]): number {
    if (this.displaced.has(connection)) {
      this.owner.dropped('message of a peer whose identity was taken over', () => connection.name);
      return 1;
    }
    return this.owner.message(connection.identity, frames);
  }

  send({ route, frames }: Batch): Sent {
    const connection = this.peers.get(route.peer);
    if (!connection) {
      return 'unknown';
    }
    if (!connection.isWritable) {
      return 'full';
    }
    connection.send(route.head.length === 0 ? frames : [...route.head, ...frames]);
    return 'sent';
  }

  peerOf(identity: Buffer): AuthenticatedPeer | undefined {
    return this.peers.get(identity.toString('latin1'))?.peer;
  }

  /** Makes an identity that no peer can give itself: a zero byte and a number, as libzmq does. */
  private makeIdentity(): Buffer {
    const identity = Buffer.alloc(5);
    do {
      this.nextIdentity = (this.nextIdentity + 1) >>> 0;
      identity.writeUInt32BE(this.nextIdentity, 1);
    } while (this.peers.has(identity.toString('latin1')));
    return identity;
  }
}
