import { reasonOf } from '../../errors/thrown-text.js';
import type { AuthenticatedPeer, CurveServerSecurity } from '../security.js';
import type { Connection } from './connection.js';
import type { CandidateEvent } from './core/session-event.js';
import { AuthenticationError } from './core/protocol-error.js';
import type { IdentityOwner, IdentityOwners } from './identity-owners.js';

/** What a refused peer is told (27/ZAP). */
const REFUSED = '400';

/** Who has come in, and as whom. */
interface Admitted extends IdentityOwner {
  readonly identity: Buffer;
}

/** Who a peer is; undefined where it may not come in, an error where that cannot be told. */
type Verdict = AuthenticatedPeer | AuthenticationError | undefined;

/** Decides which of those that have proven a key may come in, and stay. */
export class Authorization {
  private readonly admitted = new Map<Connection, Admitted>();
  /**
   * Those that end because their keys are refused. Their identities are free when they have ended: whoever
   * took one over before that would be taken for the peer that had it.
   */
  private readonly revoked = new WeakSet<Connection>();
  /** How often keys may have been revoked. */
  private changes = 0;
  private readonly stop: () => void;

  /** @param failed gets why it cannot be told whether a connection may stay */
  constructor(
    private readonly security: CurveServerSecurity,
    private readonly owners: IdentityOwners,
    private readonly failed: (connection: Connection, reason: AuthenticationError) => void,
  ) {
    this.stop = security.onChange(() => this.review());
  }

  /** Lets a candidate in or refuses it. */
  decide(connection: Connection, { publicKey, identity }: CandidateEvent): void {
    const { remoteAddress } = connection;
    this.ask({ publicKey, remoteAddress }, (verdict) => {
      if (connection.isOpening) {
        this.answer(connection, { publicKey, remoteAddress, identity }, verdict);
      }
    });
  }

  /** A connection has ended. */
  forget(connection: Connection): void {
    const admitted = this.admitted.get(connection);
    if (admitted) {
      this.admitted.delete(connection);
      this.owners.leave(admitted.identity);
      if (this.revoked.has(connection)) {
        this.owners.free(admitted);
      }
    }
  }

  /** Ends its work. */
  close(): void {
    this.stop();
    this.admitted.forEach(({ identity }) => this.owners.leave(identity));
    this.admitted.clear();
  }

  private answer(connection: Connection, candidate: Admitted, peer: Verdict): void {
    const { identity } = candidate;
    if (peer instanceof AuthenticationError) {
      connection.refuse(peer);
    } else if (!peer) {
      connection.refuse(new AuthenticationError('its public key is not allowed', REFUSED));
    } else if (!this.owners.take(identity, candidate)) {
      const name = JSON.stringify(identity.toString('latin1'));
      const reason = `the identity ${name} is that of another key, not of '${peer.name}'`;
      connection.refuse(new AuthenticationError(reason, REFUSED));
    } else {
      this.admitted.set(connection, candidate);
      connection.admit(peer);
    }
  }

  /** Keys may have been revoked. */
  private review(): void {
    this.changes++;
    for (const [connection, admitted] of this.admitted) {
      this.ask(admitted, (verdict) => this.confirm(connection, verdict));
    }
    for (const owner of this.owners.absentOwners) {
      this.ask(owner, (verdict) => {
        if (!verdict) {
          this.owners.free(owner);
        }
      });
    }
  }

  /** A connection stays where nothing is known of its key just now, and comes back where its name has changed. */
  private confirm(connection: Connection, peer: Verdict): void {
    if (!this.admitted.has(connection)) {
      return;
    }
    if (peer instanceof AuthenticationError) {
      this.failed(connection, peer);
    } else if (!peer) {
      this.revoked.add(connection);
      connection.end(new AuthenticationError('its public key is not allowed any more'));
    } else if (peer.name !== connection.peer?.name) {
      // Whoever was told who it is would go on with the name that it had.
      connection.end(new AuthenticationError(`its name is '${peer.name}' from now on`));
    }
  }

  /**
   * Asks about a key until nothing has changed meanwhile.
   *
   * @param settle gets the answer, in the moment in which that is known to hold: after a promise of it,
   *   the key may have been revoked
   */
  private ask(
    { publicKey, remoteAddress }: IdentityOwner,
    settle: (verdict: Verdict) => void,
  ): void {
    const { changes } = this;
    const answered = (verdict: Verdict): void => {
      if (changes === this.changes) {
        settle(verdict);
      } else {
        this.ask({ publicKey, remoteAddress }, settle);
      }
    };
    void this.verdictOn(publicKey, remoteAddress).then(answered);
  }

  private async verdictOn(publicKey: Buffer, remoteAddress: string): Promise<Verdict> {
    try {
      return await this.security.authorize(publicKey, remoteAddress);
    } catch (error) {
      // libzmq closes the connection in silence too, so that its client comes back (27/ZAP, 300).
      return new AuthenticationError(`its key cannot be authorized: ${reasonOf(error)}`, '');
    }
  }
}
