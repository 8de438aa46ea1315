import { randomBytes } from 'node:crypto';
import { NONCE_SIZE } from './curve-box.js';
import { ProtocolError } from './protocol-error.js';

/** Bytes of the part of a nonce that is sent: a counter for transient keys, random for permanent ones. */
export const SHORT_NONCE = 8;
export const LONG_NONCE = 16;

/** A nonce made of the text that it begins with in one command, and of what is sent. */
export function nonceOf(prefix: string, sent: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(prefix, 'latin1'), sent], NONCE_SIZE);
}

/** What is sent of a nonce for a permanent key: "16 octets from a good random number generator". */
export function longNonce(): Buffer {
  return randomBytes(LONG_NONCE);
}

/**
 * Counts the commands of this side: "an incrementing integer, and unique to each command within a
 * connection". It counts to 2⁵³, which takes 285 years at a million a second.
 */
export class NonceCounter {
  private last = 0;

  /** Writes the next short nonce. @returns its target */
  write(target: Buffer, at: number): Buffer {
    this.last++;
    target.writeUInt32BE(Math.floor(this.last / 0x1_0000_0000), at);
    target.writeUInt32BE(this.last >>> 0, at + 4);
    return target;
  }
}

/** Checks the short nonces of the other side: "disconnect clients that reuse a short nonce". */
export class NonceCheck {
  private last = -1n;

  /** @throws {ProtocolError} for one that is not above all before */
  take(nonce: Buffer): void {
    const number = nonce.readBigUInt64BE(0);
    if (number <= this.last) {
      throw new ProtocolError('a command comes again, or out of order', '');
    }
    this.last = number;
  }
}
