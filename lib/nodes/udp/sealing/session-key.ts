import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type Direction, LABELS } from './direction.js';
import { hkdf } from './hkdf.js';

const ALGORITHM = 'aes-256-gcm';
const KEY_SIZE = 32;
const IV_SIZE = 12;

/** Bytes of the tag that ends a ciphertext. */
export const TAG_SIZE = 16;

/**
 * The key of one sender for one direction: AES-256-GCM, whose nonce is the counter of the datagram
 * over an IV that belongs to the key (`Partial IV`, RFC 9052, section 3.1).
 *
 * The sender never uses a counter twice.
 */
export class SessionKey {
  /** Private at run time too: no inspection shows them. */
  readonly #key: Buffer;
  readonly #iv: Buffer;

  /**
   * @param secret the key that both sides have
   * @param sessions that of the client, and for a response that of the server after it
   */
  constructor(secret: Buffer, direction: Direction, ...sessions: Buffer[]) {
    const info = Buffer.concat([LABELS[direction], ...sessions]);
    const derived = hkdf(secret, info, KEY_SIZE + IV_SIZE);
    this.#key = derived.subarray(0, KEY_SIZE);
    this.#iv = derived.subarray(KEY_SIZE);
  }

  /** @returns the ciphertext, which ends with its tag, in two parts */
  encrypt(plaintext: Uint8Array, counter: number, additional: Buffer): [Buffer, Buffer] {
    const cipher = createCipheriv(ALGORITHM, this.#key, this.nonce(counter));
    cipher.setAAD(additional);
    const encrypted = cipher.update(plaintext);
    cipher.final(); // GCM leaves nothing for it.
    return [encrypted, cipher.getAuthTag()];
  }

  /** @returns undefined where the ciphertext is not authentic */
  decrypt(ciphertext: Buffer, counter: number, additional: Buffer): Buffer | undefined {
    const end = ciphertext.length - TAG_SIZE;
    if (end < 0) {
      return undefined;
    }
    const decipher = createDecipheriv(ALGORITHM, this.#key, this.nonce(counter), {
      authTagLength: TAG_SIZE,
    });
    decipher.setAAD(additional);
    decipher.setAuthTag(ciphertext.subarray(end));
    const plaintext = decipher.update(ciphertext.subarray(0, end));
    try {
      decipher.final();
      return plaintext;
    } catch {
      return undefined;
    }
  }

  private nonce(counter: number): Buffer {
    const nonce = Buffer.from(this.#iv);
    const place = IV_SIZE - 4;
    nonce.writeUInt32BE((nonce.readUInt32BE(place) ^ counter) >>> 0, place);
    return nonce;
  }
}
