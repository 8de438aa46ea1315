import { writeCommand } from './command.js';
import { ProtocolError } from './protocol-error.js';

/** The most bytes of the context of a PING. */
const MAX_CONTEXT = 16;

/** A PING's time to live is in tenths of a second. */
const TIME_UNIT = 100;

/** A question for a sign of life (37/ZMTP, "Connection Heartbeating"). */
export interface Ping {
  /** The answer, as a whole frame. */
  readonly pong: Buffer;
  /** How long the other side may be silent after it, in milliseconds; 0 means without end. */
  readonly timeToLive: number;
}

/**
 * Reads the data of a PING: `ping-ttl ping-context`.
 *
 * @throws {ProtocolError} where it is too short or too long
 */
export function readPing(data: Buffer): Ping {
  if (data.length < 2 || data.length > 2 + MAX_CONTEXT) {
    throw new ProtocolError('a PING has a time to live, and a context of at most 16 bytes');
  }
  return {
    pong: writeCommand('PONG', data.subarray(2)),
    timeToLive: data.readUInt16BE(0) * TIME_UNIT,
  };
}
