import {
  type KeyObject,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
} from 'node:crypto';
import { fromZ85, toZ85 } from '../nodes/z85.js';
import { type OutsideText, findText, keyError } from './key-source.js';

/** The bytes of a key. */
const KEY_SIZE = 32;

/** The characters of a key in Z85. */
const KEY_LENGTH = 40;

/** What stands before the 32 bytes of a key of X25519 in DER (RFC 8410). */
const SECRET_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');

/**
 * A key: its 40 characters of Z85, its 32 bytes, or where those characters are found: an environment
 * variable, or a file that holds nothing else.
 */
export type CurveKeySource = string | Uint8Array | OutsideText;

/** A key pair of CURVE, each key as 40 characters (Z85). */
export interface CurveKeyPair {
  /** For those who shall know the owner. */
  readonly publicKey: string;
  /** For the owner alone. */
  readonly secretKey: string;
}

/** Makes a new key pair. */
export function curveKeyPair(): CurveKeyPair {
  const { privateKey } = generateKeyPairSync('x25519');
  const secretKey = privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-KEY_SIZE);
  return { publicKey: toZ85(publicBytesOf(privateKey)), secretKey: toZ85(secretKey) };
}

/** The public key of a secret one. */
function publicKeyOf(secretKey: Buffer): Buffer {
  const key = Buffer.concat([SECRET_PREFIX, secretKey]);
  return publicBytesOf(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}

/**
 * Reads a key from where it is.
 *
 * @param option the name, for the error
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option and the remedy, never a key
 */
export function readKey(option: string, source: CurveKeySource): Buffer {
  if (source instanceof Uint8Array) {
    if (source.length !== KEY_SIZE) {
      throw keyError(option, `it has ${source.length} bytes; a key has ${KEY_SIZE}`);
    }
    return Buffer.from(source);
  }
  const found = findText(option, source);
  if (found === undefined) {
    throw keyError(
      option,
      "give 40 characters of Z85, 32 bytes, { env: 'NAME' } or { file: 'path' }",
    );
  }
  const key = isKey(found.text) ? fromZ85(found.text) : undefined;
  if (!key) {
    throw keyError(
      option,
      `${found.place} is no key: a key is 40 characters of Z85, as nestjs-remote keygen prints it`,
    );
  }
  return key;
}

/**
 * Reads a key pair.
 *
 * @param publicKey undefined where it is to be found by the secret one
 * @throws {RemoteCallError} `INVALID_ARGUMENT` as {@link readKey}, or where the keys are no pair
 */
export function readKeyPair(
  secretKey: CurveKeySource,
  publicKey: CurveKeySource | undefined,
): { publicKey: Buffer; secretKey: Buffer } {
  const secret = readKey('secretKey', secretKey);
  const derived = publicKeyOf(secret);
  if (publicKey !== undefined && !readKey('publicKey', publicKey).equals(derived)) {
    throw keyError('publicKey', 'it does not belong to secretKey; leave it out');
  }
  return { publicKey: derived, secretKey: secret };
}

/** Whether a text is a key in Z85. */
export function isKey(text: string): boolean {
  return text.length === KEY_LENGTH && fromZ85(text) !== undefined;
}

function publicBytesOf(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-KEY_SIZE);
}
