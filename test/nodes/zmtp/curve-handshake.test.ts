import { beforeAll, describe, expect, it } from 'vitest';
import { loadBoxes, makeKeyPair } from '../../../lib/nodes/zmtp/core/curve-box.js';
import {
  curveClientMechanism,
  curveServerMechanism,
} from '../../../lib/nodes/zmtp/core/curve-mechanism.js';
import type { SessionEvent } from '../../../lib/nodes/zmtp/core/session-event.js';
import { type Alter, CurvePair, changing, putting, resizing } from './curve-pair.js';
import { eventsOf, latin1, sessionWith, shown } from './wire.js';

beforeAll(() => loadBoxes());

/** Where the parts of commands begin, after the two bytes of the head of a short frame or the nine of a long one. */
const HELLO = { version: 8, padding: 10, key: 82, nonce: 114, box: 122 };
const WELCOME = { nonce: 10, box: 26 };
const INITIATE = { cookie: 18, cookieBox: 34, nonce: 114, box: 122 };
const READY = { nonce: 8, box: 16 };

const ERROR_400 = '\x04\x0a\x05ERROR\x03400';
const SERVER_KEY = 'is the serverKey of this side the public key of that server?';
const ALLOWED =
  'does that server allow the public key of this side, and has no other key its identity?';

/** The event by which a session has failed; undefined where it has not. */
function failureOf(events: readonly SessionEvent[]): object | undefined {
  return events
    .filter(({ type }) => type === 'failed')
    .map(shown)
    .at(0) as object | undefined;
}

const isReady = ({ server, client }: CurvePair): [server: boolean, client: boolean] => [
  server.isReady,
  client.isReady,
];

describe('a handshake with CURVE (26/CURVEZMQ)', () => {
  it('is HELLO, WELCOME, INITIATE and READY', () => {
    const pair = new CurvePair();
    expect(isReady(pair)).toEqual([true, true]);
    expect([...pair.commands.keys()]).toEqual(['HELLO', 'WELCOME', 'INITIATE', 'READY']);
    expect(pair.atServer.map(({ type }) => type)).toEqual(['send', 'candidate', 'send', 'ready']);
    expect(pair.atServer.at(-1)).toMatchObject({ identity: Buffer.from('me') });
  });

  it('has a HELLO of 200 bytes and a WELCOME of 168, so that it amplifies nothing', () => {
    const { commands } = new CurvePair();
    expect(commands.get('HELLO')).toHaveLength(2 + 200);
    expect(commands.get('WELCOME')).toHaveLength(2 + 168);
    expect(commands.get('HELLO')?.subarray(8, 82).toString('hex')).toBe(`0100${'00'.repeat(72)}`);
  });

  it('tells the server the public key of the client once its secret is proven', () => {
    const { atServer, clientKeys } = new CurvePair();
    const candidate = atServer.find(({ type }) => type === 'candidate');
    expect(candidate).toMatchObject({ publicKey: Buffer.from(clientKeys.publicKey) });
  });

  it('has other transient keys and other cookies each time', () => {
    const [one, other] = [new CurvePair(), new CurvePair()];
    for (const name of ['HELLO', 'WELCOME', 'INITIATE', 'READY']) {
      expect(one.commands.get(name)?.equals(other.commands.get(name)!)).toBe(false);
    }
  });

  it('shows the metadata to nobody', () => {
    const { commands } = new CurvePair();
    const all = Buffer.concat([...commands.values()]).toString('latin1');
    expect(all).not.toContain('Socket-Type');
    expect(all).not.toContain('DEALER');
  });
});

const silence = (failed: string): object => ({ failed, lastWords: undefined });

/** What is wrong with a command, and what a server makes of it. */
type Row = readonly [what: string, alter: Alter, failure: object];

describe('a HELLO is refused (26/CURVEZMQ, "The HELLO Command")', () => {
  const WRONG_KEY = {
    failed: 'the other side wants a server with another key',
    lastWords: ERROR_400,
  };
  it.each<Row>([
    ['that is longer', resizing(1), silence('HELLO is malformed')],
    ['that is shorter', resizing(-1), silence('HELLO is malformed')],
    ['of another version', changing(HELLO.version), silence('HELLO is malformed')],
    ['with something in its padding', changing(HELLO.padding + 71), silence('HELLO is malformed')],
    ['with another transient key', changing(HELLO.key), WRONG_KEY],
    ['with another nonce', changing(HELLO.nonce), WRONG_KEY],
    ['with another signature', changing(HELLO.box), WRONG_KEY],
    [
      'with a key that gives the same secret to all',
      putting(HELLO.key, Buffer.alloc(32)),
      silence('a public key is none'),
    ],
    ['that is none', () => latin1('\x04\x06\x05READY'), silence('READY comes out of order')],
  ])('%s', (_, HELLO_ALTERED, failure) => {
    const pair = new CurvePair({ alter: { HELLO: HELLO_ALTERED } });
    expect(failureOf(pair.atServer)).toEqual(failure);
    expect(pair.commands.has('WELCOME')).toBe(false);
  });
});

describe('a WELCOME is refused (26/CURVEZMQ, "The WELCOME Command")', () => {
  const failure = silence('the other side does not have the secret of the serverKey');
  it.each<Row>([
    ['that is longer', resizing(1), failure],
    ['that is shorter', resizing(-1), failure],
    ['with another nonce', changing(WELCOME.nonce), failure],
    ['with another box', changing(WELCOME.box), failure],
    [
      'of a peer that is a client too',
      () => latin1('\x04\x06\x05HELLO'),
      silence('both sides are clients of CURVE: one of them must be its server'),
    ],
    [
      'that is none',
      () => latin1('\x04\x06\x05READY'),
      silence('the handshake has another command than WELCOME'),
    ],
  ])('%s', (_, WELCOME_ALTERED, expected) => {
    const pair = new CurvePair({ alter: { WELCOME: WELCOME_ALTERED } });
    expect(failureOf(pair.atClient)).toEqual(expected);
    expect(pair.commands.has('INITIATE')).toBe(false);
  });
});

describe('an INITIATE is refused (26/CURVEZMQ, "The INITIATE Command")', () => {
  const malformed = silence('INITIATE is malformed');
  const damaged = silence('INITIATE cannot be decrypted');
  it.each<Row>([
    ['with another cookie', changing(INITIATE.cookieBox), malformed],
    ['with another nonce of its cookie', changing(INITIATE.cookie), malformed],
    ['with another nonce', changing(INITIATE.nonce + 7), damaged],
    ['with another box', changing(INITIATE.box), damaged],
    ['with other metadata', changing(-1), damaged],
    ['that is longer', resizing(1), damaged],
    ['that is shorter', resizing(-1), damaged],
    ['without a box', () => latin1('\x04\x09\x08INITIATE'), malformed],
    ['that is none', () => latin1('\x04\x06\x05HELLO'), silence('HELLO comes out of order')],
  ])('%s', (_, INITIATE_ALTERED, failure) => {
    const pair = new CurvePair({ alter: { INITIATE: INITIATE_ALTERED } });
    expect(failureOf(pair.atServer)).toEqual(failure);
    expect(isReady(pair)).toEqual([false, false]);
  });

  it('of a client that has only the public key of another', () => {
    const { publicKey } = makeKeyPair();
    const { secretKey } = makeKeyPair();
    const serverKeys = makeKeyPair();
    const serverKey = serverKeys.publicKey;
    const pair = new CurvePair({
      server: { mechanism: curveServerMechanism(serverKeys) },
      client: { mechanism: curveClientMechanism({ publicKey, secretKey, serverKey }) },
    });
    expect(failureOf(pair.atServer)).toEqual(
      silence('the other side does not have the secret of its key'),
    );
  });

  it('that was heard on another connection', () => {
    const { serverKeys, client, commands } = new CurvePair();
    const server = sessionWith({ mechanism: curveServerMechanism(serverKeys) });
    const heard = ['HELLO', 'INITIATE'].map((name) => commands.get(name)!);
    const events = eventsOf(server, [client.greeting, ...heard]);
    expect(failureOf(events)).toEqual(silence('INITIATE is malformed'));
  });
});

describe('a READY is refused (26/CURVEZMQ, "The READY Command")', () => {
  const damaged = silence('READY cannot be decrypted');
  it.each<Row>([
    ['with another nonce', changing(READY.nonce), damaged],
    ['with another box', changing(READY.box), damaged],
    ['that is longer', resizing(1), damaged],
    ['that is shorter', resizing(-1), damaged],
    ['without a box', () => latin1('\x04\x06\x05READY'), damaged],
    [
      'that is none',
      () => latin1('\x04\x08\x07WELCOME'),
      silence('the handshake has another command than READY'),
    ],
  ])('%s', (_, READY_ALTERED, failure) => {
    const pair = new CurvePair({ alter: { READY: READY_ALTERED } });
    expect(failureOf(pair.atClient)).toEqual(failure);
    expect(pair.client.isReady).toBe(false);
  });
});

describe('an ERROR (26/CURVEZMQ, "The ERROR Command")', () => {
  it('tells a client that it is not allowed, and what to look at', () => {
    const pair = new CurvePair({ decision: 'refuse' });
    expect(failureOf(pair.atServer)).toMatchObject({ lastWords: ERROR_400 });
    expect(failureOf(pair.atClient)).toEqual(
      silence(`the other side refuses: the credentials are wrong (400); ${ALLOWED}`),
    );
    expect(isReady(pair)).toEqual([false, false]);
  });

  it('tells a client that it has a wrong key of the server, and what to look at', () => {
    const pair = new CurvePair({ serverKey: makeKeyPair().publicKey });
    expect(failureOf(pair.atClient)).toEqual(
      silence(`the other side refuses: the credentials are wrong (400); ${SERVER_KEY}`),
    );
  });

  it('tells a client that its socket is none for this server', () => {
    const pair = new CurvePair({ server: { type: 'PUB' } });
    const reason = 'a PUB cannot talk to a DEALER';
    expect(failureOf(pair.atServer)).toMatchObject({ failed: reason });
    expect(failureOf(pair.atClient)).toEqual(silence(`the other side refuses: ${reason}`));
  });
});

describe('while a server decides', () => {
  it('nothing more of the client is taken', () => {
    const { server } = new CurvePair({ decision: 'later' });
    expect(server.isReady).toBe(false);
    expect(eventsOf(server, [latin1('\x04\x06\x05HELLO')]).map(shown)).toEqual([
      silence('HELLO comes out of order'),
    ]);
  });

  it('what the client sends is held to the limits of a handshake', () => {
    const { server } = new CurvePair({ decision: 'later' });
    expect(eventsOf(server, [latin1('\x06\x00\x00\x00\x00\x00\x01\x00\x00')]).map(shown)).toEqual([
      {
        failed: 'a command of 65536 bytes is over the limit of 4096',
        lastWords: expect.stringContaining('ERROR'),
      },
    ]);
  });
});
