import type { DatagramKey, DatagramKeys } from '../../security.js';
import { RemoteCallError } from '../../../errors/remote-call.error.js';
import { EMPTY, tokenOf, withToken } from './control.js';
import { type DatagramSeal, type DatagramSealOwner, Dropped } from './datagram-seal.js';
import { readEncrypt0 } from './encrypt0-reader.js';
import { type Encrypt0, Encrypt0Sealer, openEncrypt0 } from './encrypt0.js';
import { type KnownSession, KnownSessions } from './known-sessions.js';
import { ReplayWindow } from './replay-window.js';
import { SESSION_SIZE, Session, audienceOf } from './session.js';
import { SessionKey } from './session-key.js';
import { Tokens } from './tokens.js';

/**
 * The side that receives requests and events.
 *
 * A payload counts only from a session that has answered a challenge of this socket, from the address
 * where it did so, and once. So a recorded datagram has no effect, after a restart neither. Whoever has
 * no key gets no answer.
 */
export class SealedServer implements DatagramSeal {
  private readonly own: Session;
  private readonly audience: Buffer;
  private readonly sessions = new KnownSessions();
  private readonly tokens = new Tokens();

  constructor(
    private readonly keys: DatagramKeys['keys'],
    private readonly owner: DatagramSealOwner,
  ) {
    this.own = new Session(() => owner.ended());
    this.audience = audienceOf(this.own.id);
  }

  start(): void {
    // It waits for its clients.
  }

  seal(payload: Uint8Array, address: string): Buffer {
    const session = this.sessions.at(address);
    if (!session) {
      throw new RemoteCallError(
        `no session of ${address} is known`,
        { address },
        { code: 'UNAVAILABLE' },
      );
    }
    return session.responses.seal(payload, this.own.next());
  }

  open(datagram: Buffer, source: string): Buffer | undefined {
    const message = readEncrypt0(datagram);
    if (!message || message.context.length < SESSION_SIZE) {
      return this.drop(Dropped.FORGED, source);
    }
    const key = this.keys.find(({ id }) => id.equals(message.keyId));
    if (!key) {
      return this.drop(Dropped.UNKNOWN_KEY, source);
    }
    const id = message.context.subarray(0, SESSION_SIZE);
    const known = this.sessions.get(id);
    if (known && !known.window.isFresh(message.counter)) {
      return this.drop(Dropped.REPLAYED, source);
    }
    const requestKey = known?.key ?? new SessionKey(key.secret(), 'request', id);
    const plaintext = openEncrypt0(message, requestKey, 'request');
    if (!plaintext) {
      return this.drop(Dropped.FORGED, source);
    }
    const session = known ?? this.newSession(key, Buffer.from(id), requestKey, message.counter);
    return this.take(session, message, plaintext, source);
  }

  refused(): void {
    // The kernel reports it for a bound socket to nobody.
  }

  close(): void {
    // What it knows goes with it.
  }

  /** Takes what is authentic, and may have been recorded. */
  private take(
    session: KnownSession,
    { counter, context }: Encrypt0,
    plaintext: Buffer,
    source: string,
  ): Buffer | undefined {
    const token = tokenOf(plaintext);
    if (token && this.tokens.isValid(token, session.id, source)) {
      this.welcome(session, counter, source);
      return undefined;
    }
    if (!this.isExpected(session, context, source)) {
      const challenge = withToken(this.tokens.of(session.id, source));
      this.reply(session, challenge, source);
      return undefined;
    }
    session.window.take(counter);
    this.sessions.heard(session);
    if (plaintext.length === 0) {
      this.reply(session, EMPTY, source);
    }
    // A PROOF of another token is for another member of a group.
    return plaintext.length === 0 || token ? undefined : plaintext;
  }

  /** Whether a session sends from where it is known, and to this socket. */
  private isExpected(session: KnownSession, context: Buffer, source: string): boolean {
    const audience = context.subarray(SESSION_SIZE);
    return (
      this.sessions.get(session.id) === session &&
      session.address === source &&
      (audience.length === 0 || audience.equals(this.audience))
    );
  }

  /** A session is alive: it is known from here on. */
  private welcome(session: KnownSession, counter: number, source: string): void {
    if (this.sessions.prove(session, source, performance.now())) {
      session.window.take(counter);
      this.reply(session, EMPTY, source);
    } else {
      this.drop(Dropped.CROWDED, source);
    }
  }

  private drop(reason: string, source: string): undefined {
    this.owner.dropped(reason, source);
  }

  private reply(session: KnownSession, plaintext: Buffer, source: string): void {
    this.owner.send(session.responses.seal(plaintext, this.own.next()), source);
  }

  /** @param counter of the datagram that it comes with: none before it counts */
  private newSession(
    key: DatagramKey,
    id: Buffer,
    requestKey: SessionKey,
    counter: number,
  ): KnownSession {
    const responseKey = new SessionKey(key.secret(), 'response', id, this.own.id);
    return {
      id,
      key: requestKey,
      responses: new Encrypt0Sealer(responseKey, key.id, this.own.id, 'response'),
      window: new ReplayWindow(counter),
      address: '',
      provenAt: 0,
    };
  }
}
