import { randomBytes } from 'node:crypto';
import { RemoteCallError } from '../../../errors/remote-call.error.js';
import { MAX_DATAGRAMS } from './encrypt0.js';

/** Bytes of the name of a session. */
export const SESSION_SIZE = 16;

/** How many bytes of a server's session a client puts behind its own, to say whom it means. */
export const AUDIENCE_SIZE = 8;

/** What one open socket sends: a random name, of which its keys are derived, and a counter. */
export class Session {
  readonly id = randomBytes(SESSION_SIZE);
  private counter: number;

  /** @param ended is called when its counters run out */
  constructor(
    private readonly ended: () => void,
    counter = 0,
  ) {
    this.counter = counter;
  }

  /** The counter of the next datagram. @throws {RemoteCallError} `UNAVAILABLE` when there is none */
  next(): number {
    if (this.counter >= MAX_DATAGRAMS) {
      throw new RemoteCallError('the session has ended', {}, { code: 'UNAVAILABLE' });
    }
    if (this.counter === MAX_DATAGRAMS - 1) {
      this.ended();
    }
    return this.counter++;
  }
}

/** The first bytes of a server's session. */
export function audienceOf(session: Buffer): Buffer {
  return session.subarray(0, AUDIENCE_SIZE);
}
