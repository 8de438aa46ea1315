import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Encrypt0Sealer, MAX_DATAGRAMS } from '../../../lib/nodes/udp/sealing/encrypt0.js';
import { type KnownSession, KnownSessions } from '../../../lib/nodes/udp/sealing/known-sessions.js';
import { ReplayWindow } from '../../../lib/nodes/udp/sealing/replay-window.js';
import { SessionKey } from '../../../lib/nodes/udp/sealing/session-key.js';
import { Session } from '../../../lib/nodes/udp/sealing/session.js';
import { TOKEN_LIFE, Tokens } from '../../../lib/nodes/udp/sealing/tokens.js';

describe('a session', () => {
  it('has a name that no other has', () => {
    const names = Array.from({ length: 100 }, () =>
      new Session(() => undefined).id.toString('hex'),
    );

    expect(new Set(names).size).toBe(100);
  });

  it('uses no counter twice, and ends with the last one', () => {
    let ends = 0;
    const session = new Session(() => ends++, MAX_DATAGRAMS - 2);

    expect(session.next()).toBe(MAX_DATAGRAMS - 2);
    expect(ends).toBe(0);
    expect(session.next()).toBe(MAX_DATAGRAMS - 1);
    expect(ends).toBe(1);
    expect(() => session.next()).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  });
});

describe('the token of a challenge', () => {
  const session = randomBytes(16);

  function make() {
    let now = 5000;
    return { tokens: new Tokens(() => now), pass: (ms: number) => void (now += ms) };
  }

  it('holds for its session and address alone', () => {
    const { tokens } = make();
    const token = tokens.of(session, '192.0.2.1:5000');

    expect(tokens.isValid(token, session, '192.0.2.1:5000')).toBe(true);
    expect(tokens.isValid(token, session, '192.0.2.1:5001')).toBe(false);
    expect(tokens.isValid(token, randomBytes(16), '192.0.2.1:5000')).toBe(false);
    expect(make().tokens.isValid(token, session, '192.0.2.1:5000')).toBe(false);
  });

  it('holds for a time, which nobody can lengthen', () => {
    const { tokens, pass } = make();
    const token = tokens.of(session, 'a');
    const later = Buffer.from(token);
    later.writeUInt32BE(later.readUInt32BE() + 1);

    pass(TOKEN_LIFE * 1000);
    expect(tokens.isValid(token, session, 'a')).toBe(true);
    expect(tokens.isValid(later, session, 'a')).toBe(false);
    pass(1000);
    expect(tokens.isValid(token, session, 'a')).toBe(false);
  });
});

describe('the sessions that a server knows', () => {
  const old = -1000 * (TOKEN_LIFE + 3);

  it('are bounded: the one that was quiet longest is forgotten', () => {
    const sessions = new KnownSessions(2);
    const [one, two, three] = [newSession(), newSession(), newSession()];
    sessions.prove(one, 'a', old);
    sessions.prove(two, 'b', old);
    sessions.heard(one);

    expect(sessions.prove(three, 'c', 0)).toBe(true);

    expect(sessions.get(one.id)).toBe(one);
    expect(sessions.get(two.id)).toBeUndefined();
    expect(sessions.at('b')).toBeUndefined();
    expect(sessions.at('c')).toBe(three);
  });

  it('are kept as long as the proof of one would be taken again', () => {
    const sessions = new KnownSessions(1);
    const [one, two] = [newSession(), newSession()];
    sessions.prove(one, 'a', 0);

    expect(sessions.prove(two, 'b', 1000 * TOKEN_LIFE)).toBe(false);
    expect(sessions.get(one.id)).toBe(one);
    expect(sessions.prove(two, 'b', -old)).toBe(true);
  });

  it('move to another address', () => {
    const sessions = new KnownSessions();
    const one = newSession();
    sessions.prove(one, 'a', 0);

    sessions.prove(one, 'b', 1);

    expect(sessions.at('a')).toBeUndefined();
    expect(sessions.at('b')).toBe(one);
  });

  it('stay known where another has its address, so that it needs no new proof to be refused', () => {
    const sessions = new KnownSessions();
    const [one, two] = [newSession(), newSession()];
    sessions.prove(one, 'a', 0);

    sessions.prove(two, 'a', 1);

    expect(sessions.at('a')).toBe(two);
    expect(sessions.get(one.id)).toBe(one);
  });
});

function newSession(): KnownSession {
  const id = randomBytes(16);
  const key = new SessionKey(randomBytes(32), 'request', id);
  return {
    id,
    key,
    responses: new Encrypt0Sealer(key, id, id, 'response'),
    window: new ReplayWindow(),
    address: '',
    provenAt: 0,
  };
}
