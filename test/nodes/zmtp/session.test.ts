import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainMechanism } from '../../../lib/nodes/zmtp/core/plain-mechanism.js';
import type { SessionOptions } from '../../../lib/nodes/zmtp/core/session.js';
import {
  CUTS,
  GREETING,
  NO_LIMITS,
  READY_DEALER,
  READY_SUB,
  drain,
  eventsOf,
  hex,
  latin1,
  piecesOf,
  sessionWith,
  shown,
} from './wire.js';

const ROUTER_READY =
  '\x04\x29\x05READY\x0bSocket-Type\x00\x00\x00\x06ROUTER\x08Identity\x00\x00\x00\x00';
const PUB_READY = '\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03PUB';

/** The bytes that come after the greetings, and the events that follow READY of this side. */
type Row = readonly [name: string, bytes: string, events: readonly unknown[]];

function rowsOf(rows: readonly Row[], ready: string, options: Partial<SessionOptions> = {}): void {
  describe.each(CUTS)('that comes %s', (_, cut) => {
    it.each(rows)('%s', (_name, bytes, expected) => {
      const events = eventsOf(sessionWith(options), cut(Buffer.concat([GREETING, latin1(bytes)])));
      expect(events.map(shown)).toEqual([{ send: ready }, ...expected]);
    });
  });
}

const failed = (message: string, status = message): object => ({
  failed: message,
  lastWords: `\x04${latin1(String.fromCharCode(7 + status.length)).toString('latin1')}\x05ERROR${String.fromCharCode(status.length)}${status}`,
});

describe('a handshake with NULL (37/ZMTP, "The NULL Security Mechanism")', () => {
  rowsOf(
    [
      ['is done by READY', READY_DEALER.toString('latin1'), [{ ready: '' }]],
      [
        'tells an identity, and takes names in any case and properties that nobody knows',
        '\x04\x34\x05READY\x0bSOCKET-type\x00\x00\x00\x03REQ\x08iDENTITY\x00\x00\x00\x02me\x03X-a\x00\x00\x00\x04abcd',
        [{ ready: 'me' }],
      ],
      [
        'fails for a socket that is no partner',
        '\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03PUB',
        [failed('a ROUTER cannot talk to a PUB')],
      ],
      [
        'fails without a type',
        '\x04\x06\x05READY',
        [failed('a ROUTER cannot talk to a socket that tells no type')],
      ],
      [
        'fails for an identity that a ROUTER makes up itself',
        '\x04\x2b\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x02\x00a',
        [failed('an identity has at most 255 bytes, and does not begin with a zero byte')],
      ],
      [
        'fails for metadata that ends too early',
        '\x04\x12\x05READY\x0bSocket-Type',
        [failed('the metadata of a handshake is malformed')],
      ],
      [
        'fails for metadata without a name',
        '\x04\x0b\x05READY\x00\x00\x00\x00\x00',
        [failed('the metadata of a handshake is malformed')],
      ],
      [
        'fails for another command',
        '\x04\x08\x07WELCOME',
        [failed('the handshake has another command than READY')],
      ],
      ['fails for a command without a name', '\x04\x01\x00', [failed('a command has no name')]],
      ['fails for a name that ends too early', '\x04\x02\x09A', [failed('a command has no name')]],
      ['fails for a message', '\x00\x00', [failed('a message comes before the handshake is done')]],
      [
        'fails for a command that is too long',
        '\x06\x00\x00\x00\x00\x00\x00\x10\x01',
        [failed('a command of 4097 bytes is over the limit of 4096')],
      ],
      [
        'fails for an ERROR, which is not answered',
        '\x04\x0d\x05ERROR\x06go off',
        [{ failed: 'the other side refuses: go off', lastWords: undefined }],
      ],
      [
        'fails for an ERROR as libzmq misspells it in PLAIN',
        '\x04\x09^RROR\x03500',
        [
          {
            failed: 'the other side refuses: its authentication has failed (500)',
            lastWords: undefined,
          },
        ],
      ],
      [
        'fails for an ERROR with a status of ZAP',
        '\x04\x0a\x05ERROR\x03400',
        [
          {
            failed: 'the other side refuses: the credentials are wrong (400)',
            lastWords: undefined,
          },
        ],
      ],
    ],
    ROUTER_READY,
  );
});

describe('traffic (37/ZMTP, "Traffic")', () => {
  const begun = READY_DEALER.toString('latin1');
  rowsOf(
    [
      ['is messages', `${begun}\x00\x01a\x01\x01b\x00\x00`, [{ ready: '' }, ['a'], ['b', '']]],
      [
        'is PINGs, which are answered with their context',
        `${begun}\x04\x0a\x04PING\x00\x0aabc`,
        [{ ready: '' }, { pong: '\x04\x08\x04PONGabc', timeToLive: 1000 }],
      ],
      [
        'is PINGs within a message',
        `${begun}\x01\x01a\x04\x07\x04PING\x00\x00\x00\x01b`,
        [{ ready: '' }, { pong: '\x04\x05\x04PONG', timeToLive: 0 }, ['a', 'b']],
      ],
      [
        'may have commands that nobody knows, and PONG',
        `${begun}\x04\x05\x04PONG\x04\x04\x03NEW\x04\x0b\x09SUBSCRIBEa\x00\x01a`,
        [{ ready: '' }, ['a']],
      ],
      [
        'fails for a PING without a time to live',
        `${begun}\x04\x06\x04PING\x00`,
        [
          { ready: '' },
          {
            failed: 'a PING has a time to live, and a context of at most 16 bytes',
            lastWords: undefined,
          },
        ],
      ],
      [
        'ends with an ERROR',
        `${begun}\x04\x07\x05ERROR\x00\x00\x01a`,
        [
          { ready: '' },
          { failed: 'the other side refuses: it gives no reason', lastWords: undefined },
        ],
      ],
      [
        'ends with what is no frame',
        `${begun}\x00\x01a\xff\xff\x00\x01b`,
        [
          { ready: '' },
          ['a'],
          { failed: 'a frame cannot have the flags 0xff', lastWords: undefined },
        ],
      ],
    ],
    ROUTER_READY,
  );
});

describe('subscriptions', () => {
  const begun = READY_SUB.toString('latin1');
  rowsOf(
    [
      [
        'are commands (37/ZMTP, "Publish-Subscribe")',
        `${begun}\x04\x0e\x09SUBSCRIBEnews\x04\x0b\x06CANCELnews\x04\x0a\x09SUBSCRIBE`,
        [{ ready: '' }, { subscribe: 'news' }, { cancel: 'news' }, { subscribe: '' }],
      ],
      [
        'are messages (23/ZMTP, "Publish-Subscribe")',
        `${begun}\x00\x05\x01news\x00\x05\x00news\x00\x01\x01`,
        [{ ready: '' }, { subscribe: 'news' }, { cancel: 'news' }, { subscribe: '' }],
      ],
      [
        'are no other messages, which are for the application of an XPUB',
        `${begun}\x00\x05\x02news\x00\x00\x01\x01\x01\x00\x01a`,
        [{ ready: '' }],
      ],
    ],
    PUB_READY,
    { type: 'PUB' },
  );

  it.each([
    ['commands to ZMTP 3.1', 1, '\x04\x0e\x09SUBSCRIBEnews', '\x04\x0b\x06CANCELnews'],
    ['messages to ZMTP 3.0', 0, '\x00\x05\x01news', '\x00\x05\x00news'],
  ])('are written as %s', (_, minor, subscribe, cancel) => {
    const session = sessionWith({ type: 'SUB' });
    const greeting = Buffer.from(GREETING);
    greeting[11] = minor;
    const ready = '\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03PUB';
    eventsOf(session, [greeting, latin1(ready)]);
    const topic = Buffer.from('news');
    expect(session.writeSubscription({ type: 'subscribe', topic }).toString('latin1')).toBe(
      subscribe,
    );
    expect(session.writeSubscription({ type: 'cancel', topic }).toString('latin1')).toBe(cancel);
  });
});

describe('a handshake with PLAIN (24/ZMTP-PLAIN)', () => {
  const credentials = { username: 'ada', password: 'engine' };
  const metadata = '\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00';
  const greeting = Buffer.from(GREETING);
  greeting.write('PLAIN', 12);
  const serve = (text: string): unknown[] =>
    eventsOf(sessionWith({ mechanism: plainMechanism(credentials, true) }), [
      greeting,
      latin1(text),
    ]).map(shown);

  it('is HELLO, WELCOME, INITIATE and READY', () => {
    expect(serve(`\x04\x11\x05HELLO\x03ada\x06engine\x04\x2c\x08INITIATE${metadata}`)).toEqual([
      { send: '\x04\x08\x07WELCOME' },
      { send: ROUTER_READY },
      { ready: '' },
    ]);
  });

  it.each([
    ['another name', '\x04\x11\x05HELLO\x03bob\x06engine'],
    ['another password', '\x04\x11\x05HELLO\x03ada\x06ENGINE'],
    ['a shorter password', '\x04\x0b\x05HELLO\x03ada\x00'],
    ['more than that', '\x04\x12\x05HELLO\x03ada\x06engine!'],
  ])('is refused for %s', (_, hello) => {
    expect(serve(hello)).toEqual([failed('the other side has a wrong name or password', '400')]);
  });

  it.each([
    ['INITIATE before HELLO', `\x04\x2c\x08INITIATE${metadata}`, 'HELLO'],
    ['HELLO twice', '\x04\x11\x05HELLO\x03ada\x06engine'.repeat(2), 'INITIATE'],
  ])('is refused for %s', (_, text, expected) => {
    expect(serve(text).at(-1)).toEqual(
      failed(`the handshake has another command than ${expected}`),
    );
  });

  it('is refused for a HELLO that ends too early', () => {
    expect(serve('\x04\x0a\x05HELLO\x09ada')).toEqual([failed('a command ends too early')]);
  });

  it('is done between two sessions', () => {
    const server = sessionWith({ mechanism: plainMechanism(credentials, true) });
    const client = sessionWith({
      type: 'DEALER',
      identity: Buffer.from('me'),
      mechanism: plainMechanism(credentials, false),
    });
    let [toServer, toClient] = [client.greeting, server.greeting];
    while (toServer.length + toClient.length > 0) {
      server.receive(toServer);
      client.receive(toClient);
      toClient = sentOf(server);
      toServer = sentOf(client);
    }
    expect([server.isReady, client.isReady]).toEqual([true, true]);
  });

  it('is refused where the other side has NULL', () => {
    const session = sessionWith({ mechanism: plainMechanism(credentials, false) });
    expect(eventsOf(session, [GREETING]).map(shown)).toEqual([
      {
        failed: 'the other side has the security mechanism NULL, and this side PLAIN',
        lastWords: undefined,
      },
    ]);
  });
});

function sentOf(session: ReturnType<typeof sessionWith>): Buffer {
  const sent = drain(session).flatMap((event) => (event.type === 'send' ? [event.bytes] : []));
  return Buffer.concat(sent);
}

describe('a session that has failed', () => {
  it('reads no more', () => {
    const session = sessionWith();
    expect(eventsOf(session, [latin1('GET / HTTP/1.1')])).toHaveLength(1);
    expect(eventsOf(session, [GREETING, READY_DEALER])).toEqual([]);
  });
});

describe('the limits of messages', () => {
  it('hold once the handshake is done', () => {
    const limits = { ...NO_LIMITS, maxFrame: 3 };
    const session = sessionWith({ limits });
    const events = eventsOf(session, [GREETING, READY_DEALER, hex('00 03 616263 00 04')]);
    expect(events.map(shown).slice(1)).toEqual([
      { ready: '' },
      ['abc'],
      { failed: 'a frame of 4 bytes is over the limit of 3', lastWords: undefined },
    ]);
  });
});

it('has the same events however its bytes are cut', () => {
  const bytes = Buffer.concat([
    GREETING,
    READY_DEALER,
    latin1('\x01\x01a\x00\x02bc\x04\x07\x04PING\x00\x01'),
  ]);
  const whole = eventsOf(sessionWith(), [bytes]).map(shown);
  const property = fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
    const places = [0, ...cuts.toSorted((left, right) => left - right), bytes.length];
    const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
    expect(eventsOf(sessionWith(), chunks).map(shown)).toEqual(whole);
  });
  fc.assert(property);
  expect(eventsOf(sessionWith(), piecesOf(bytes, 7)).map(shown)).toEqual(whole);
});
