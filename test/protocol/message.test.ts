import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RawItem } from '../../lib/cbor/values.js';
import { Codec } from '../../lib/cbor/codec.js';
import type { Envelope } from '../../lib/protocol/envelope.js';
import { MessageReader } from '../../lib/protocol/message-reader.js';
import { MessageWriter } from '../../lib/protocol/message-writer.js';
import {
  type DecodedPayload,
  type Header,
  type Message,
  NO_VALUE,
} from '../../lib/protocol/message.js';

const codec = new Codec();
const base = new MessageWriter(codec, { headers: false });
const writer = new MessageWriter(codec);
const reader = new MessageReader(codec);

const read = (hex: string): DecodedPayload =>
  reader.read(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Envelopes of protocol.md: what they mean, their bytes, and how they are written. */
const envelopes: readonly (readonly [string, string, Message, () => Envelope])[] = [
  [
    'the request add(1, 2)',
    '840007 63616464 820102',
    { type: 0, id: 7, method: 'add', args: [1, 2] },
    () => base.request(7, 'add', [1, 2]),
  ],
  ['its answer 3', '840107 f6 03', { type: 1, id: 7, result: 3 }, () => base.result(7, 3)],
  [
    'the notification estop()',
    '8302 656573746f70 80',
    { type: 2, method: 'estop', args: [] },
    () => base.notification('estop', []),
  ],
  [
    'an error',
    '840107 82 626e6f a1616101 f6',
    { type: 1, id: 7, error: { message: 'no', context: { a: 1 } }, result: null },
    () => base.error(7, { message: 'no', context: { a: 1 } }),
  ],
  [
    'the largest id',
    '84001affffffff 6161 80',
    { type: 0, id: 0xffff_ffff, method: 'a', args: [] },
    () => base.request(0xffff_ffff, 'a', []),
  ],
  ['one of several values', '830307 02', { type: 3, id: 7, value: 2 }, () => base.item(7, 2)],
  ['a cancellation', '820407', { type: 4, id: 7 }, () => base.cancel(7)],
  ['a farewell', '8105', { type: 5 }, () => base.goodbye()],
  ['a question for a sign of life', '820707', { type: 7, token: 7 }, () => base.ping(7)],
  ['its answer', '820807', { type: 8, token: 7 }, () => base.pong(7)],
  [
    'no value',
    '840107 f6 f7',
    { type: 1, id: 7, result: undefined },
    () => base.result(7, NO_VALUE),
  ],
];

/** Headers of protocol.md 2.2. */
const headers: readonly (readonly [string, string, Header])[] = [
  ['the empty header', 'a0', {}],
  ['a timeout', 'a1 00 1903e8', { timeout: 1000 }],
  ['metadata', 'a1 01 a1 6161 6162', { metadata: { a: 'b' } }],
  ['a code', 'a1 02 67554e4b4e4f574e', { code: 'UNKNOWN' }],
  ['a number of items', 'a1 04 05', { items: 5 }],
  ['an exact error', 'a1 05 07', { error: { value: 7 } }],
];

describe.each(envelopes)('%s', (_, spaced, message, write) => {
  const hex = spaced.replaceAll(' ', '');

  it('is written to its bytes', () => {
    expect(hexOf(write().bytes)).toBe(hex);
  });

  it('is read from its bytes', () => {
    expect(read(hex)).toEqual({ messages: [message] });
  });

  it('is read where something malformed follows', () => {
    const { messages, malformed } = read(`${hex}01`);
    expect(messages).toEqual([message]);
    expect(malformed?.reason).toMatch('an envelope is an array');
  });

  it('is malformed when it is cut off at any byte', () => {
    for (let end = 0; end < hex.length; end += 2) {
      const { messages, malformed } = read(hex.slice(0, end));
      expect(messages).toEqual([]);
      expect(malformed).toBeDefined();
    }
  });
});

describe.each(headers)('%s', (_, spaced, header) => {
  const hex = spaced.replaceAll(' ', '');

  it('is written to its bytes', () => {
    expect(hexOf(writer.notification('a', [], header).bytes)).toBe(`8302616180${hex}`);
  });

  it('belongs to the envelope before it', () => {
    const [first, second] = read(`83026161 80 ${hex} 83026162 80`).messages;
    expect(first?.header).toEqual(header);
    expect(second).not.toHaveProperty('header');
  });
});

describe('a header', () => {
  const envelope = '83026161 80';

  it('may contain a number of attachments, which the writer counts by itself', () => {
    expect(read(`${envelope} a1 03 00`).messages[0]?.header).toEqual({ attachments: 0 });
    expect(hexOf(writer.notification('a', [], { attachments: 7 }).bytes)).toBe('8302616180a0');
  });

  it('may hold unknown keys, which are ignored', () => {
    expect(read(`${envelope} a2 1863 80 00 05`).messages[0]?.header).toEqual({ timeout: 5 });
  });

  it('may hold a code of another version, which is ignored', () => {
    expect(read(`${envelope} a1 02 6158`)).toMatchObject({ messages: [{ header: {} }] });
  });

  it.each([
    ['a key that is text', 'a1 6161 01'],
    ['a negative key', 'a1 20 01'],
    ['a timeout that is text', 'a1 00 6161'],
    ['a negative timeout', 'a1 00 20'],
    ['metadata that is no map', 'a1 01 80'],
    ['metadata that is not text', 'a1 01 a1 6161 01'],
  ])('with %s is malformed, and its envelope stands', (_, hex) => {
    const { messages, malformed } = read(`${envelope} ${hex}`);
    expect(messages).toEqual([{ type: 2, method: 'a', args: [] }]);
    expect(malformed).toBeDefined();
  });

  it('after a header is malformed', () => {
    const { messages, malformed } = read(`${envelope} a0 a0`);
    expect(messages).toHaveLength(1);
    expect(malformed).toBeDefined();
  });
});

describe('a malformed envelope', () => {
  it.each([
    ['no array', '01'],
    ['an empty array', '80'],
    ['an unknown type', '8109'],
    ['a type that is text', '816161'],
    ['too few members', '83000761 61'],
    ['too many members', '8502 6161 80 80 80'],
    ['a header that comes first', 'a0'],
  ])('is %s', (_, hex) => {
    expect(read(hex)).toMatchObject({ messages: [], malformed: { reason: expect.any(String) } });
  });

  it.each([
    ['a method that is no text', '840007 01 80'],
    ['args that are no array', '840007 6161 a0'],
    ['args that are cut off', '840007 6161 82'],
  ])('with %s still tells its id', (_, hex) => {
    expect(read(hex).malformed).toMatchObject({ type: 0, id: 7 });
  });

  it('does not repeat the id of the envelope before it', () => {
    expect(read('840007 6161 80 8109').malformed).not.toHaveProperty('id');
  });

  it.each(['01', '6161', 'a0', '8101', 'f5'])('is a response whose error is %s', (error) => {
    expect(read(`840107 ${error} f6`).malformed).toMatchObject({ type: 1, id: 7 });
  });
});

describe('a sequence', () => {
  it('is read in order, up to what is malformed', () => {
    const { messages, malformed } = read('83026161 80 a0 83026162 80 8109 83026163 80');
    expect(messages.map((message) => 'method' in message && message.method)).toEqual(['a', 'b']);
    expect(malformed).toBeDefined();
  });
});

describe('an id that is no unsigned 32-bit integer', () => {
  it.each([
    ['64 bits', '1b0000000100000000'],
    ['the largest integer', '1bffffffffffffffff'],
    ['negative', '20'],
    ['text', '6161'],
    ['bytes', '4101'],
    ['null', 'f6'],
    ['undefined', 'f7'],
    ['true', 'f5'],
    ['a float', 'fb3ff199999999999a'],
    ['a half float', 'f93c00'],
    ['an array', '820102'],
    ['a map', 'a1616101'],
    ['a tag', 'c24101'],
  ])('is echoed to the byte: %s', (_, hex) => {
    const [message] = read(`8400 ${hex} 6161 80`).messages;
    const id = message && 'id' in message ? message.id : 0;
    expect(id).toBeInstanceOf(RawItem);
    expect(hexOf(base.result(id, null).bytes)).toBe(`8401${hex}f6f6`);
  });
});

describe('any message', () => {
  const anyId = fc.integer({ min: 0, max: 0xffff_ffff });
  const anyArgs = fc.array(fc.jsonValue());
  const anyHeader: fc.Arbitrary<Header> = fc.record(
    {
      timeout: fc.maxSafeNat(),
      metadata: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
      code: fc.constantFrom('UNKNOWN', 'CANCELLED', 'DATA_LOSS'),
      error: fc.record({ value: fc.jsonValue() }, { noNullPrototype: true }),
    },
    { requiredKeys: [], noNullPrototype: true },
  );

  it('that is a request with a header is read as it was written', () => {
    fc.assert(
      fc.property(anyId, fc.string(), anyArgs, anyHeader, (id, method, args, header) => {
        const payload = writer.request(id, method, args, header).bytes;
        expect(reader.read(payload)).toEqual({ messages: [{ type: 0, id, method, args, header }] });
      }),
    );
  });

  it('that is a response with a header is read as it was written', () => {
    fc.assert(
      fc.property(anyId, fc.jsonValue(), anyHeader, (id, result, header) => {
        const payload = writer.result(id, result, header).bytes;
        expect(reader.read(payload)).toEqual({ messages: [{ type: 1, id, result, header }] });
      }),
    );
  });

  it('that is a notification with a header is read as it was written', () => {
    fc.assert(
      fc.property(fc.string(), anyArgs, anyHeader, (method, args, header) => {
        const payload = writer.notification(method, args, header).bytes;
        expect(reader.read(payload)).toEqual({ messages: [{ type: 2, method, args, header }] });
      }),
    );
  });
});

it('never throws, whatever the bytes are', () => {
  const head = fc.constantFrom('', '8400', '840107', '8302', '8302616180a1');
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 64 }), (hex, tail) => {
      const payload = Buffer.concat([Buffer.from(hex, 'hex'), tail]);
      const { messages, malformed } = reader.read(payload);
      expect(messages.length > 0 || malformed !== undefined).toBe(true);
    }),
    { numRuns: 5000 },
  );
});
