import type { AuthenticatedPeer, CurveServerSecurity } from '../nodes/security.js';
import { toZ85 } from '../nodes/z85.js';
import { type Allow, allowedPeers } from './allow.js';
import type { AllowedPeers } from './allowed-peers.js';
import { checkMembers } from './check-members.js';
import { type CurveKeySource, readKeyPair } from './curve-key.js';

/** Options of {@link curveServer}. */
export interface CurveServerOptions {
  /** The own secret key. */
  secretKey: CurveKeySource;
  /** Who may connect. */
  allow: Allow;
  /** The own public key. Default: that of `secretKey`. */
  publicKey?: CurveKeySource;
}

/**
 * Security of what listens: links are encrypted, and only those come in who have one of the allowed
 * keys.
 *
 * Keys are read once, here. The secret one is in no log, no error and no inspection of the result.
 * Servers may share a result.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for a key, a list or a file that cannot be used
 */
export function curveServer(options: CurveServerOptions): CurveServer {
  checkMembers('curveServer', options, ['secretKey', 'allow', 'publicKey']);
  return new CurveServer(options);
}

/** What {@link curveServer} makes. */
export class CurveServer implements CurveServerSecurity {
  readonly mechanism = 'curve';
  readonly role = 'server';
  readonly publicKey: Buffer;
  /** Private at run time too: neither JSON nor `util.inspect` shows it. */
  readonly #secretKey: Buffer;
  private readonly allowed: AllowedPeers;
  private readonly listeners = new Set<() => void>();
  private unwatch: (() => void) | undefined;

  constructor({ secretKey, allow, publicKey }: CurveServerOptions) {
    const pair = readKeyPair(secretKey, publicKey);
    this.publicKey = pair.publicKey;
    this.#secretKey = pair.secretKey;
    this.allowed = allowedPeers(allow);
  }

  get secretKey(): Buffer {
    return this.#secretKey;
  }

  async authorize(
    publicKey: Buffer,
    remoteAddress: string,
  ): Promise<AuthenticatedPeer | undefined> {
    const key = toZ85(publicKey);
    const name = await this.allowed.nameOf(key, remoteAddress);
    return name === undefined ? undefined : { name, publicKey: key };
  }

  /** Has all connections authorised anew: for a function `allow` whose answers have changed. */
  reauthorize(): void {
    this.listeners.forEach((listener) => listener());
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    this.unwatch ??= this.allowed.watch?.(() => this.reauthorize());
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) {
        this.unwatch?.();
        this.unwatch = undefined;
      }
    };
  }
}
