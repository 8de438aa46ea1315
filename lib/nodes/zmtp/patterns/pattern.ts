import type { AuthenticatedPeer } from '../../security.js';
import type { Subscription } from '../core/subscription.js';
import type { Batch } from '../../sending/packing.js';
import type { Connection } from '../connection.js';

/** What became of a message: `full` means later, `unknown` that its peer is not connected. */
export type Sent = 'sent' | 'full' | 'unknown';

/** How one type of socket uses its connections. */
export interface Pattern {
  /** A connection is ready. */
  admit(connection: Connection): void;
  /** A connection that was admitted is lost. */
  forget(connection: Connection): void;
  /** A message has come. @returns how many envelopes it held */
  receive(connection: Connection, frames: Buffer[]): number;
  /** Sends a message to whom it is for. */
  send(batch: Batch): Sent;
  /** ROUTER: who the peer has proven to be that has an identity now. */
  peerOf?(identity: Buffer): AuthenticatedPeer | undefined;
  /** PUB: a subscriber wants a topic, or does not any more. @throws {ProtocolError} for too many */
  subscription?(connection: Connection, subscription: Subscription): void;
  /** SUB: asks for the topics that begin with this one, or takes that back. */
  subscribe?(subscription: Subscription): void;
}

/** What a pattern tells. */
export interface PatternOwner {
  /** A message is for the application. @returns how many envelopes it held */
  message(address: Buffer, frames: Buffer[]): number;
  /** A message had to be dropped. */
  dropped(reason: string, detail: () => string): void;
}
