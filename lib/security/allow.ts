import { RemoteCallError } from '../errors/remote-call.error.js';
import { toZ85 } from '../nodes/z85.js';
import { AllowFile } from './allow-file.js';
import type { AllowedPeers } from './allowed-peers.js';
import { isKey, readKey } from './curve-key.js';

/**
 * Decides about one key.
 *
 * @param publicKey 40 characters (Z85)
 * @param address the IP address of the peer; empty where it has none
 * @returns the name of the peer, true for a peer that is named by its key, or false to refuse it
 */
export type AllowFunction = (
  publicKey: string,
  address: string,
) => string | boolean | Promise<string | boolean>;

/**
 * Who may connect: a list of public keys, a map of public keys to names, a file that is read again
 * when it changes, or a function that is asked for each connection.
 */
export type Allow =
  | readonly (string | Uint8Array)[]
  | ReadonlyMap<string, string>
  | Readonly<Record<string, string>>
  | { readonly file: string }
  | string
  | AllowFunction;

/**
 * Reads who may connect.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for what is none of {@link Allow}, or holds no keys
 */
export function allowedPeers(allow: Allow): AllowedPeers {
  if (typeof allow === 'function') {
    return { nameOf: (publicKey, address) => askedName(allow, publicKey, address) };
  }
  if (typeof allow === 'string') {
    return new AllowFile(pathOf(allow));
  }
  if (Array.isArray(allow)) {
    const keys = (allow as readonly (string | Uint8Array)[]).map((key) => keyOf(key));
    return named(new Map(keys.map((key) => [key, key])));
  }
  if (allow instanceof Map) {
    return named(checked([...(allow as ReadonlyMap<string, string>)]));
  }
  if (isPlain(allow)) {
    const { file } = allow;
    return typeof file === 'string' ? new AllowFile(file) : named(checked(Object.entries(allow)));
  }
  throw allowError(
    "give a list of public keys, a map of keys to names, { file: 'path' } or a function; without " +
      'it anybody could connect',
  );
}

/** Whether it is an object of names, and no other, such as a Set or a promise, whose keys would go unseen. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function named(names: ReadonlyMap<string, string>): AllowedPeers {
  return { nameOf: (publicKey) => names.get(publicKey) };
}

function checked(entries: readonly (readonly [unknown, unknown])[]): ReadonlyMap<string, string> {
  return new Map(
    entries.map(([key, name]) => {
      if (typeof name !== 'string' || name === '') {
        throw allowError('each public key has a name, which is a text');
      }
      return [keyOf(key as string), name];
    }),
  );
}

function keyOf(key: string | Uint8Array): string {
  return toZ85(readKey('allow', key));
}

function pathOf(text: string): string {
  if (isKey(text)) {
    throw allowError("a text is the path of a file; write a single key as a list: ['key']");
  }
  return text;
}

async function askedName(
  allow: AllowFunction,
  publicKey: string,
  address: string,
): Promise<string | undefined> {
  const answer: unknown = await allow(publicKey, address);
  if (typeof answer === 'string' && answer !== '') {
    return answer;
  }
  return answer === true ? publicKey : undefined;
}

function allowError(remedy: string): RemoteCallError {
  return new RemoteCallError(
    `option security: its allow cannot be used: ${remedy}`,
    { option: 'security.allow' },
    { code: 'INVALID_ARGUMENT' },
  );
}
