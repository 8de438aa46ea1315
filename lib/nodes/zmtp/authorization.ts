import { reasonOf } from '../../errors/thrown-text.js';
import type { AuthenticatedPeer, CurveServerSecurity } from '../security.js';
import type { Connection } from './connection.js';
import type { CandidateEvent } from './core/session-event.js';
import { AuthenticationError } from './core/protocol-error.js';
import type { IdentityOwners } from './identity-owners.js';

/** What a refused peer is told (27/ZAP). */
const REFUSED = '400';

/** Who has come in, and as whom. */
interface Admitted {
  readonly publicKey: Buffer;
  readonly identity: Buffer;
}

/** Decides which of those that have proven a key may come in, and stay. */
export class Authorization {
  private readonly admitted = new Map<Connection, Admitted>();
  /** How often keys may have been revoked. */
  private changes = 0;
  private readonly stop: () => void;

  constructor(
    private readonly security: CurveServerSecurity,
    private readonly owners: IdentityOwners,
  ) {
    this.stop = security.onChange(() => void this.review());
  }

  /** Lets a candidate in or refuses it. */
  async decide(connection: Connection, candidate: CandidateEvent): Promise<void> {
    const { publicKey, identity } = candidate;
    const { remoteAddress } = connection;
    const peer = await this.ask(publicKey, remoteAddress);
    if (!connection.isOpening) {
      return;
    }
    if (peer instanceof AuthenticationError) {
      connection.refuse(peer);
    } else if (!peer) {
      connection.refuse(new AuthenticationError('its public key is not allowed', REFUSED));
    } else if (!this.owners.take(identity, { publicKey, remoteAddress })) {
      const name = JSON.stringify(identity.toString('latin1'));
      const reason = `the identity ${name} is that of another key, not of '${peer.name}'`;
      connection.refuse(new AuthenticationError(reason, REFUSED));
    } else {
      this.admitted.set(connection, { publicKey, identity });
      connection.admit(peer);
    }
  }

  /** A connection has ended. */
  forget(connection: Connection): void {
    const admitted = this.admitted.get(connection);
    if (admitted) {
      this.admitted.delete(connection);
      this.owners.leave(admitted.identity);
    }
  }

  /** Ends its work. */
  close(): void {
    this.stop();
    this.admitted.forEach(({ identity }) => this.owners.leave(identity));
    this.admitted.clear();
  }

  /** Keys may have been revoked. */
  private async review(): Promise<void> {
    this.changes++;
    await Promise.all(
      Array.from(this.admitted, async ([connection, { publicKey }]) => {
        this.confirm(connection, await this.ask(publicKey, connection.remoteAddress));
      }),
    );
    await this.owners.review(
      async ({ publicKey, remoteAddress }) =>
        (await this.ask(publicKey, remoteAddress)) !== undefined,
    );
  }

  /** A connection stays where nothing is known of its key just now, and comes back where its name has changed. */
  private confirm(
    connection: Connection,
    peer: AuthenticatedPeer | AuthenticationError | undefined,
  ): void {
    if (!this.admitted.has(connection) || peer instanceof AuthenticationError) {
      return;
    }
    if (!peer) {
      connection.end(new AuthenticationError('its public key is not allowed any more'));
    } else if (peer.name !== connection.peer?.name) {
      // Whoever was told who it is would go on with the name that it had.
      connection.end(new AuthenticationError(`its name is '${peer.name}' from now on`));
    }
  }

  /** Asks until nothing has changed meanwhile. @returns an error where there is no answer */
  private async ask(
    publicKey: Buffer,
    remoteAddress: string,
  ): Promise<AuthenticatedPeer | AuthenticationError | undefined> {
    for (;;) {
      const { changes } = this;
      try {
        const peer = await this.security.authorize(publicKey, remoteAddress);
        if (changes === this.changes) {
          return peer;
        }
      } catch (error) {
        // libzmq closes the connection in silence too, so that its client comes back (27/ZAP, 300).
        return new AuthenticationError(`its key cannot be authorized: ${reasonOf(error)}`, '');
      }
    }
  }
}
