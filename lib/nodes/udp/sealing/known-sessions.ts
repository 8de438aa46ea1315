import { ReplayWindow } from './replay-window.js';
import type { Encrypt0Sealer } from './encrypt0.js';
import type { SessionKey } from './session-key.js';
import { TOKEN_LIFE } from './tokens.js';

/** A session that has proven to be alive, from one address. */
export interface KnownSession {
  readonly id: Buffer;
  readonly key: SessionKey;
  /** Seals the responses. */
  readonly responses: Encrypt0Sealer;
  readonly window: ReplayWindow;
  /** `host:port`, at which it has proven that it receives. */
  address: string;
  /** When it did, on the clock of `performance.now()`. */
  provenAt: number;
}

/** How many sessions are known at most. */
const MOST = 16_384;

/** How long a session is kept at least, in milliseconds: its proof must not hold any more. */
const LEAST_AGE = (TOKEN_LIFE + 2) * 1000;

/**
 * The sessions of a server's clients, within bounds. The one that was quiet longest is forgotten for a
 * new one, and has to prove itself again.
 *
 * None is forgotten while the proof that made it known would be taken again: whoever has recorded it
 * could send it, and after it all that the session has sent since.
 */
export class KnownSessions {
  /** By their ids, the one that was quiet longest first. */
  private readonly sessions = new Map<string, KnownSession>();
  /** The latest of each address. */
  private readonly byAddress = new Map<string, KnownSession>();

  constructor(private readonly most = MOST) {}

  get(id: Buffer): KnownSession | undefined {
    return this.sessions.get(id.toString('latin1'));
  }

  at(address: string): KnownSession | undefined {
    return this.byAddress.get(address);
  }

  /** Something has come from it. */
  heard(session: KnownSession): void {
    const key = session.id.toString('latin1');
    this.sessions.delete(key);
    this.sessions.set(key, session);
  }

  /** Adds a session, or moves one to another address. @returns false where there is no room */
  prove(session: KnownSession, address: string, now: number): boolean {
    if (!this.get(session.id) && !this.hasRoom(now)) {
      return false;
    }
    this.leave(session);
    session.address = address;
    session.provenAt = now;
    this.byAddress.set(address, session);
    this.heard(session);
    return true;
  }

  private hasRoom(now: number): boolean {
    if (this.sessions.size < this.most) {
      return true;
    }
    for (const [key, quietest] of this.sessions) {
      if (now - quietest.provenAt < LEAST_AGE) {
        return false;
      }
      this.sessions.delete(key);
      this.leave(quietest);
      return true;
    }
    return false;
  }

  private leave(session: KnownSession): void {
    if (this.byAddress.get(session.address) === session) {
      this.byAddress.delete(session.address);
    }
  }
}
