import type { CurveClientSecurity } from '../nodes/security.js';
import { checkMembers } from './check-members.js';
import { type CurveKeySource, readKey, readKeyPair } from './curve-key.js';

/** Options of {@link curveClient}. */
export interface CurveClientOptions {
  /** The public key of the server: nobody else can be reached. */
  serverKey: CurveKeySource;
  /** The own secret key. */
  secretKey: CurveKeySource;
  /** The own public key. Default: that of `secretKey`. */
  publicKey?: CurveKeySource;
}

/**
 * Security of what connects: links are encrypted, and lead to the owner of the server key alone.
 *
 * Keys are read once, here. They are in no log, no error and no inspection of the result.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for a key that cannot be used
 */
export function curveClient(options: CurveClientOptions): CurveClientSecurity {
  checkMembers('curveClient', options, ['serverKey', 'secretKey', 'publicKey']);
  return new CurveClient(options);
}

class CurveClient implements CurveClientSecurity {
  readonly mechanism = 'curve';
  readonly role = 'client';
  readonly serverKey: Buffer;
  readonly publicKey: Buffer;
  /** Private at run time too: neither JSON nor `util.inspect` shows it. */
  readonly #secretKey: Buffer;

  constructor({ serverKey, secretKey, publicKey }: CurveClientOptions) {
    this.serverKey = readKey('serverKey', serverKey);
    const pair = readKeyPair(secretKey, publicKey);
    this.publicKey = pair.publicKey;
    this.#secretKey = pair.secretKey;
  }

  get secretKey(): Buffer {
    return this.#secretKey;
  }
}
