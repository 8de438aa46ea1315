import type { Batch } from '../../sending/packing.js';
import type { Connection } from '../connection.js';
import { messageOf } from './message.js';
import type { Pattern, PatternOwner, Sent } from './pattern.js';

/** What an empty message consists of. */
const EMPTY_MESSAGE: readonly Uint8Array[] = [Buffer.alloc(0)];

/**
 * DEALER: sends to its peers in turn, and takes from all of them (28/REQREP, "The DEALER Socket
 * Type"). Messages go to peers that are connected only (ZMQ_IMMEDIATE of libzmq).
 */
export class DealerPattern implements Pattern {
  private readonly connections: Connection[] = [];
  private turn = 0;

  /** @param isProbing whether an empty message greets each peer (ZMQ_PROBE_ROUTER of libzmq) */
  constructor(
    private readonly owner: PatternOwner,
    private readonly isProbing: boolean,
  ) {}

  admit(connection: Connection): void {
    this.connections.push(connection);
    if (this.isProbing) {
      connection.send(EMPTY_MESSAGE);
    }
  }

  forget(connection: Connection): void {
    this.connections.splice(this.connections.indexOf(connection), 1);
  }

  receive(_connection: Connection, [address, ...frames]: Buffer[]): number {
    return address === undefined ? 0 : this.owner.message(address, frames);
  }

  send(batch: Batch): Sent {
    const connection = this.nextWritable();
    connection?.send(messageOf(batch));
    return connection ? 'sent' : 'full';
  }

  private nextWritable(): Connection | undefined {
    const { connections } = this;
    for (let tries = connections.length; tries > 0; tries--) {
      this.turn = (this.turn + 1) % connections.length;
      const connection = connections[this.turn];
      if (connection?.isWritable) {
        return connection;
      }
    }
    return undefined;
  }
}
