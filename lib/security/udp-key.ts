import type { DatagramKey, DatagramKeys } from '../nodes/security.js';
import { checkMembers } from './check-members.js';
import { type OutsideText, findText, keyError } from './key-source.js';

const KEY_SIZE = 32;
const LONGEST_ID = 32;
const HEX = /^[\da-f]{64}$/i;
const BASE64URL = /^[\w-]{43}=?$/;

/**
 * A key of 32 random bytes: the bytes, 64 hexadecimal digits, 43 characters of base64url, or where one
 * of these texts is found.
 */
export type UdpKeySource = string | Uint8Array | OutsideText;

/** One key of {@link udpKey}. */
export interface UdpKeyOptions {
  /** Names the key in each datagram, in clear text: 1 to 32 bytes of UTF-8. */
  id: string;
  key: UdpKeySource;
}

/**
 * Security of `udp://` addresses: both sides have the same key. Datagrams are encrypted, and what does
 * not come from an owner of the key, or comes again, is dropped.
 *
 * Of several keys the first encrypts, and all decrypt, so that keys can be exchanged one side after
 * the other. Keys are read once, here. They are in no log, no error and no inspection of the result.
 *
 * @param options one key, a list, or `{ keys }`
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for a key or an id that cannot be used
 */
export function udpKey(
  options: UdpKeyOptions | readonly UdpKeyOptions[] | { readonly keys: readonly UdpKeyOptions[] },
): UdpKeys {
  return new UdpKeys(listOf(options).map((each) => new UdpKey(each)));
}

/** What {@link udpKey} makes. */
export class UdpKeys implements DatagramKeys {
  readonly mechanism = 'udp-key';
  readonly keys: DatagramKeys['keys'];

  constructor(keys: readonly DatagramKey[]) {
    const [first, ...others] = keys;
    if (!first) {
      throw keyError('keys', 'the list is empty; give at least one { id, key }');
    }
    const ids = new Set(keys.map(({ id }) => id.toString()));
    if (ids.size < keys.length) {
      throw keyError('id', 'two keys have the same; give each key an id of its own');
    }
    this.keys = [first, ...others];
  }
}

class UdpKey implements DatagramKey {
  readonly id: Buffer;
  /** Private at run time too: neither JSON nor `util.inspect` shows it. */
  readonly #secret: Buffer;

  constructor(options: unknown) {
    checkMembers('udpKey', options, ['id', 'key']);
    const { id, key }: Partial<UdpKeyOptions> = options;
    this.id = Buffer.from(typeof id === 'string' ? id : '');
    if (this.id.length === 0 || this.id.length > LONGEST_ID) {
      throw keyError('id', `give a text of 1 to ${LONGEST_ID} bytes`);
    }
    this.#secret = readKey(key);
  }

  secret(): Buffer {
    return this.#secret;
  }
}

function listOf(options: unknown): readonly unknown[] {
  if (Array.isArray(options)) {
    return options;
  }
  if (typeof options !== 'object' || options === null) {
    throw keyError('keys', 'give { id, key }, or a list of them');
  }
  if (!('keys' in options)) {
    return [options];
  }
  checkMembers('udpKey', options, ['keys']);
  if (!Array.isArray(options.keys)) {
    throw keyError('keys', 'give a list of { id, key }');
  }
  return options.keys;
}

function readKey(source: unknown): Buffer {
  if (source instanceof Uint8Array) {
    if (source.length !== KEY_SIZE) {
      throw keyError('key', `it has ${source.length} bytes; a key has ${KEY_SIZE}`);
    }
    return Buffer.from(source);
  }
  const found = findText('key', source);
  if (!found) {
    throw keyError('key', "give 32 bytes, a text, { env: 'NAME' } or { file: 'path' }");
  }
  const { text, place } = found;
  if (HEX.test(text)) {
    return Buffer.from(text, 'hex');
  }
  if (BASE64URL.test(text)) {
    return Buffer.from(text, 'base64url');
  }
  throw keyError(
    'key',
    `${place} is no key: give 64 hexadecimal digits, as openssl rand -hex 32 prints them, ` +
      'or 43 characters of base64url',
  );
}
