import { Major } from '../../../cbor/head-reader.js';
import { TOKEN_SIZE } from './tokens.js';

/**
 * What is sealed in the place of a payload, which is an array, to make a session known.
 *
 * ```text
 *    client                                   server
 *      │ ── PROBE ──────────────────────────────▶ │  the session is not known
 *      │ ◀───────────────────── CHALLENGE token ─ │
 *      │ ── PROOF token ────────────────────────▶ │  the session is known from here on
 *      │ ◀─────────────────────────────── WELCOME │
 * ```
 *
 * PROBE and WELCOME are empty, CHALLENGE and PROOF a byte string.
 */
export const EMPTY = Buffer.alloc(0);

const HEAD = Buffer.from([(Major.BYTES << 5) | TOKEN_SIZE]);

/** A CHALLENGE or PROOF of a token. */
export function withToken(token: Buffer): Buffer {
  return Buffer.concat([HEAD, token]);
}

/** The token of a CHALLENGE or PROOF; undefined where a plaintext is neither. */
export function tokenOf(plaintext: Buffer): Buffer | undefined {
  return plaintext.length === HEAD.length + TOKEN_SIZE && plaintext[0] === HEAD[0]
    ? plaintext.subarray(HEAD.length)
    : undefined;
}
