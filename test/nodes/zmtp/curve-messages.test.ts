import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBoxes, sealBox } from '../../../lib/nodes/zmtp/core/curve-box.js';
import { CurveMessages } from '../../../lib/nodes/zmtp/core/curve-message.js';
import { NonceCheck, NonceCounter, nonceOf } from '../../../lib/nodes/zmtp/core/curve-nonce.js';
import { FRAME_COST } from '../../../lib/nodes/zmtp/core/read-budget.js';
import { CurvePair, changing } from './curve-pair.js';
import { chunksOf } from '../../fuzz/chunks.js';
import { Dice } from '../../fuzz/dice.js';
import { mutate } from '../../fuzz/mutation.js';
import { NO_LIMITS, eventsOf, hex, latin1, piecesOf, shown } from './wire.js';

beforeAll(() => loadBoxes());

const PING = latin1('\x04\x09\x04PING\x00\x0ahi');

describe('a MESSAGE (26/CURVEZMQ, "The MESSAGE Command")', () => {
  it('is a frame of a message, as libzmq sends it, with 33 bytes beside its data', () => {
    const bytes = new CurvePair().write('client', 'hello');
    expect(bytes).toHaveLength(2 + 33 + 5);
    expect(bytes.subarray(0, 10).toString('latin1')).toBe('\x00\x26\x07MESSAGE');
    expect(bytes.subarray(10, 18).readBigUInt64BE()).toBe(3n);
    expect(bytes.toString('latin1')).not.toContain('hello');
  });

  it('may be a command too', () => {
    const pair = new CurvePair();
    const bytes = pair.write('client', 'hello');
    bytes[0] = 4;
    expect(eventsOf(pair.server, [bytes]).map(shown)).toEqual([['hello']]);
  });

  it('says that more follow, in both directions', () => {
    const pair = new CurvePair();
    const question = pair.write('client', 'a', '', 'b');
    const answer = pair.write('server', 'c', 'd');
    expect(eventsOf(pair.server, [question]).map(shown)).toEqual([['a', '', 'b']]);
    expect(eventsOf(pair.client, [answer]).map(shown)).toEqual([['c', 'd']]);
  });

  it('holds commands', () => {
    const pair = new CurvePair();
    const bytes = pair.writeCommand('client', PING);
    expect(eventsOf(pair.server, [bytes]).map(shown)).toEqual([
      { pong: '\x04\x07\x04PONGhi', timeToLive: 1000 },
    ]);
  });

  it('holds subscriptions', () => {
    const pair = new CurvePair({ client: { type: 'SUB' }, server: { type: 'PUB' } });
    const topic = Buffer.from('news');
    const bytes = pair.writeCommand(
      'client',
      pair.client.writeSubscription({ type: 'subscribe', topic }),
    );
    expect(eventsOf(pair.server, [bytes]).map(shown)).toEqual([{ subscribe: 'news' }]);
  });

  it('comes through unharmed in any size, however it is cut', () => {
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 8000, max: 70_000 }).map((size) => new Uint8Array(size).fill(7)),
    );
    const pair = new CurvePair();
    const property = fc.property(
      fc.array(frame, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 30_000 }),
      (frames, size) => {
        const sent = frames.map((each) => Buffer.from(each));
        const [event] = eventsOf(pair.server, piecesOf(pair.write('client', ...sent), size));
        const received = event?.type === 'message' ? event.frames : [];
        expect(received.map(({ length }) => length)).toEqual(sent.map(({ length }) => length));
        expect(Buffer.concat(received).equals(Buffer.concat(sent))).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 100 });
  });
});

describe('a MESSAGE ends the connection in silence', () => {
  const refused = (bytes: Buffer): unknown[] => {
    const pair = new CurvePair();
    return eventsOf(pair.server, [bytes]).map(shown);
  };
  const failed = (message: string): object => ({ failed: message, lastWords: undefined });

  it.each([
    ['whose nonce is another', changing(16)],
    ['whose authenticator is another', changing(18)],
    ['whose flags are others', changing(34)],
    ['whose data is other', changing(-1)],
  ])('%s', (_, alter) => {
    const pair = new CurvePair();
    const events = eventsOf(pair.server, [alter(pair.write('client', 'hello'))]);
    expect(events.map(shown)).toEqual([failed('a frame was altered on its way')]);
  });

  it('that comes again', () => {
    const pair = new CurvePair();
    const bytes = pair.write('client', 'hello');
    expect(eventsOf(pair.server, [bytes, bytes]).map(shown)).toEqual([
      ['hello'],
      failed('a command comes again, or out of order'),
    ]);
  });

  it('that comes out of order', () => {
    const pair = new CurvePair();
    const [first, second] = [pair.write('client', 'one'), pair.write('client', 'two')];
    expect(eventsOf(pair.server, [second, first]).map(shown)).toEqual([
      ['two'],
      failed('a command comes again, or out of order'),
    ]);
  });

  it('that is a handshake command once more', () => {
    const pair = new CurvePair();
    const initiate = pair.commands.get('INITIATE')!;
    expect(eventsOf(pair.server, [initiate]).map(shown)).toEqual([
      failed('a frame is not encrypted'),
    ]);
  });

  it('that comes back to its sender', () => {
    const pair = new CurvePair();
    pair.write('server', 'one');
    pair.write('server', 'two');
    const bytes = pair.write('server', 'three');
    expect(eventsOf(pair.server, [bytes]).map(shown)).toEqual([
      failed('a frame was altered on its way'),
    ]);
  });

  it('that is of another connection', () => {
    expect(refused(new CurvePair().write('client', 'hello'))).toEqual([
      failed('a frame was altered on its way'),
    ]);
  });

  it.each([
    ['that is a message in clear text', '00 01 61'],
    ['that is a command in clear text', PING.toString('hex')],
    ['that is too short to hold anything', `00 20 07 4d455353414745 ${'00'.repeat(24)}`],
  ])('%s', (_, bytes) => {
    expect(refused(hex(bytes))).toEqual([failed('a frame is not encrypted')]);
  });

  it.each([3, 4, 8, 0x80, 0xff])('with the flags %i', (flags) => {
    const key = randomBytes(32);
    const nonce = Buffer.from('0000000000000001', 'hex');
    const text = Buffer.of(flags, 97);
    const box = sealBox(text, nonceOf('CurveZMQMESSAGEC', nonce), key);
    const body = Buffer.concat([latin1('\x07MESSAGE'), nonce, box]);
    const keys = { isServer: true, key, ours: new NonceCounter(), theirs: new NonceCheck() };
    const open = (): unknown =>
      new CurveMessages(keys).open({ isCommand: false, hasMore: false, body });
    expect(open).toThrow(`the flags 0x${flags.toString(16)}`);
  });
});

describe('the limits of what comes', () => {
  const limits = { maxCommand: 100, maxFrame: 1000, maxMessage: 1500 };
  const limited = (): CurvePair => new CurvePair({ server: { limits } });
  const over = (message: string): unknown[] => [
    { failed: expect.stringContaining(message), lastWords: undefined },
  ];

  it('of a frame holds once its size is announced, before any of it has come', () => {
    const pair = limited();
    const fits = pair.write('client', Buffer.alloc(1000));
    expect(eventsOf(pair.server, [fits])).toHaveLength(1);
    const bytes = pair.write('client', Buffer.alloc(1001));
    expect(eventsOf(pair.server, [bytes.subarray(0, 9)]).map(shown)).toEqual(
      over('a frame of 1001 bytes is over the limit of 1000'),
    );
  });

  it('of an unfinished message holds once a size is announced', () => {
    const pair = limited();
    const bytes = pair.write('client', Buffer.alloc(1000), Buffer.alloc(500));
    expect(eventsOf(pair.server, [bytes.subarray(0, 9 + 33 + 1000 + 9)]).map(shown)).toEqual(
      over('a message is over the limit of 1500 bytes'),
    );
  });

  it('of all unfinished messages together knows what has come of each', () => {
    const pair = limited();
    const bytes = pair.write('client', Buffer.alloc(500), 'end');
    const first = 9 + 33 + 500;
    eventsOf(pair.server, [bytes.subarray(0, first)]);
    expect(pair.server.unfinished).toBe(500 + FRAME_COST);
    eventsOf(pair.server, [bytes.subarray(first)]);
    expect(pair.server.unfinished).toBe(0);
  });

  it('of a message bounds the number of its frames too', () => {
    const pair = limited();
    const bytes = pair.write('client', ...Array.from({ length: 100 }, () => ''));
    expect(eventsOf(pair.server, [bytes]).map(shown)).toEqual(over('a message is over'));
  });

  it('of a message holds for each of them', () => {
    const pair = limited();
    const messages = [1, 2, 3].map(() => pair.write('client', Buffer.alloc(900)));
    expect(eventsOf(pair.server, messages)).toHaveLength(3);
  });

  it('of a command holds once it is decrypted', () => {
    const pair = limited();
    const command = Buffer.concat([latin1('\x04\xc8\x04LONG'), Buffer.alloc(195)]);
    expect(eventsOf(pair.server, [pair.writeCommand('client', command)]).map(shown)).toEqual(
      over('a command of 200 bytes is over the limit of 100'),
    );
  });

  it('of a frame leaves commands as they are', () => {
    const pair = new CurvePair({
      client: { type: 'SUB' },
      server: { type: 'PUB', limits: { ...NO_LIMITS, maxFrame: 3 } },
    });
    const topic = Buffer.from('newspaper');
    const frame = pair.client.writeSubscription({ type: 'subscribe', topic });
    expect(eventsOf(pair.server, [pair.writeCommand('client', frame)]).map(shown)).toEqual([
      { subscribe: 'newspaper' },
    ]);
  });
});

describe('short nonces', () => {
  it('count up, beyond 32 bits too', () => {
    const counter = new NonceCounter();
    const written = (): bigint => counter.write(Buffer.alloc(8), 0).readBigUInt64BE();
    expect([written(), written()]).toEqual([1n, 2n]);
    (counter as unknown as { last: number }).last = 0xffff_ffff;
    expect([written(), written()]).toEqual([0x1_0000_0000n, 0x1_0000_0001n]);
  });

  it('must rise, by any step and up to their largest', () => {
    const check = new NonceCheck();
    const take = (number: bigint) => () => {
      const nonce = Buffer.alloc(8);
      nonce.writeBigUInt64BE(number);
      check.take(nonce);
    };
    [0n, 1n, 5n, 0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn].forEach((each) => take(each)());
    expect(take(0xffff_ffff_ffff_ffffn)).toThrow('out of order');
    expect(take(0n)).toThrow('out of order');
  });
});

const RUNS = 200;

describe('damage', () => {
  it('in a handshake lets nobody in, and is survived', () => {
    const names = ['HELLO', 'WELCOME', 'INITIATE', 'READY'] as const;
    const outcomes = { failed: 0, waiting: 0 };
    for (let run = 0; run < RUNS; run++) {
      const dice = new Dice(run);
      const name = dice.oneOf(names);
      let isHarmless = false;
      const alter = (frame: Buffer): Buffer => {
        const bytes = mutate([frame], dice);
        isHarmless = bytes.subarray(0, frame.length).equals(frame);
        return bytes;
      };
      const pair = new CurvePair({ alter: { [name]: alter } });
      const side = name === 'HELLO' || name === 'INITIATE' ? 'server' : 'client';
      if (!isHarmless && pair[side].isReady) {
        expect.fail(`seed ${run}: ${side} is ready after a damaged ${name}`);
      }
      const events = side === 'server' ? pair.atServer : pair.atClient;
      outcomes[events.at(-1)?.type === 'failed' ? 'failed' : 'waiting']++;
    }
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(RUNS / 20);
  });

  it('in messages never changes one, and nothing comes after it', () => {
    for (let run = 0; run < RUNS; run++) {
      const dice = new Dice(run);
      const pair = new CurvePair();
      const sent = Array.from({ length: 5 }, (_, index) => `message ${index}`);
      const bytes = Buffer.concat(sent.map((text) => pair.write('client', text, text)));
      const chunks = chunksOf(mutate([bytes], dice), dice);
      const events = eventsOf(pair.server, chunks);
      const messages = events.filter(({ type }) => type === 'message').map(shown);
      const expected = sent.map((text) => [text, text]).slice(0, messages.length);
      expect(messages, `seed ${run}`).toEqual(expected);
    }
  });
});
