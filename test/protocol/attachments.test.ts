import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTACHMENT_TAG, SMALLEST_ATTACHMENT } from '../../lib/cbor/attachments.js';
import { Tag } from '../../lib/cbor/values.js';
import { Codec, resolveCodecOptions } from '../../lib/cbor/codec.js';
import type { Envelope } from '../../lib/protocol/envelope.js';
import { type DecodedPayload, type Message, NO_VALUE } from '../../lib/protocol/message.js';
import { MessageReader } from '../../lib/protocol/message-reader.js';
import { MessageWriter } from '../../lib/protocol/message-writer.js';
import { Key, Type, attachment, header, readSequence, sequence } from '../extension/wire.js';

const codec = new Codec();
const writer = new MessageWriter(codec);
const reader = new MessageReader(codec);

const large = (fill: number, length = SMALLEST_ATTACHMENT): Buffer => Buffer.alloc(length, fill);

/** An event with one argument, whose large byte strings may be left out. */
const event = (value: unknown, attaches = true): Envelope =>
  writer.notification('take', [value], {}, attaches);

/** Reads envelopes that travel in one payload, as they would be sent. */
const readTogether = (...envelopes: readonly Envelope[]): DecodedPayload =>
  reader.read(
    Buffer.concat(envelopes.map(({ bytes }) => bytes)),
    envelopes.flatMap(({ attachments }) => attachments),
  );

const argumentOf = (message: Message | undefined): unknown =>
  message && 'args' in message ? message.args[0] : undefined;

/** Large values are compared here: their difference would take minutes to print. */
const areSame = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other);

describe('a byte string', () => {
  it.each([
    ['Buffer', large(7)],
    ['Uint8Array', new Uint8Array(SMALLEST_ATTACHMENT).fill(7)],
    ['Uint16Array', new Uint16Array(SMALLEST_ATTACHMENT / 2).fill(0x0707)],
    ['ArrayBuffer', new Uint8Array(SMALLEST_ATTACHMENT).fill(7).buffer],
  ])('of 16 KiB is left out of the payload: %s', (_, bytes) => {
    const { bytes: payload, attachments } = event(bytes);
    expect(payload.length).toBeLessThan(32);
    expect(areSame(attachments, [large(7)])).toBe(true);
  });

  it.each([
    ['it is shorter', large(7, SMALLEST_ATTACHMENT - 1), true],
    ['the peer takes no attachments', large(7), false],
  ])('stays in the payload where %s', (_, bytes, attaches) => {
    const { bytes: payload, attachments } = event(bytes, attaches);
    expect(payload.length).toBeGreaterThan(bytes.length);
    expect(attachments).toEqual([]);
  });

  it('is left out as it was when it was written', () => {
    const bytes = large(7);
    const { attachments } = event(bytes);
    bytes.fill(8);
    expect(areSame(attachments, [large(7)])).toBe(true);
  });

  it('is counted in the header, beside its other entries', () => {
    const { bytes } = writer.request(7, 'take', [large(1), large(2)], { timeout: 5 }, true);
    expect(readSequence(bytes)[0]?.header).toEqual(
      new Map([
        [0, 5],
        [3, 2],
      ]),
    );
  });

  it.each([
    ['an argument', large(1)],
    ['several', [large(1), large(2), large(3)]],
    ['one that occurs twice', [codec, codec].map(() => large(1))],
    ['deep inside', { a: [{ b: [large(1)] }], c: large(2) }],
    ['a key of a Map', new Map([[large(1), 'value']])],
    ['a value of a Map', new Map([[1, large(1)]])],
    ['both', new Map([[large(1), large(2)]])],
    ['a member of a Set', new Set([large(1), 'text', large(2)])],
    ['in a Tag', new Tag(1234, large(1))],
    ['beside small ones', [large(1), large(2, 10), large(3, 0)]],
  ])('is put back where it stood: %s', (_, value) => {
    const envelope = event(value);
    expect(envelope.attachments.length).toBeGreaterThan(0);
    const { messages, malformed } = readTogether(envelope);
    expect(malformed).toBeUndefined();
    expect(areSame(argumentOf(messages[0]), value)).toBe(true);
  });

  it('that was attached is the frame itself', () => {
    const envelope = event(large(1));
    const { messages } = readTogether(envelope);
    expect(argumentOf(messages[0])).toBe(envelope.attachments[0]);
  });

  it.each([
    ['a request', () => writer.request(7, 'take', [large(1)], {}, true)],
    ['a notification', () => writer.notification('take', [large(1)], {}, true)],
    ['a result', () => writer.result(7, large(1), {}, true)],
    ['one of several values', () => writer.item(7, large(1), {}, true)],
  ])('may be in %s', (_, write) => {
    const envelope = write();
    expect(envelope.attachments).toHaveLength(1);
    const [message] = readTogether(envelope).messages;
    expect(message?.header?.attachments).toBe(1);
    const values = Object.values(message ?? {}).flat();
    expect(values).toContain(envelope.attachments[0]);
  });
});

describe('what was left out', () => {
  it('is forgotten with the envelope that could not be written', () => {
    expect(() => event([large(1), 2n ** 9000n])).toThrow('cannot encode a bigint');
    expect(event('small').attachments).toEqual([]);
  });

  it('is not among that of the next envelope', () => {
    const [first, second] = [event(large(1)), event(large(2))];
    expect(areSame(first.attachments, [large(1)])).toBe(true);
    expect(areSame(second.attachments, [large(2)])).toBe(true);
  });

  it('counts for maxPayload', () => {
    const small = event(large(1)).size;
    const limited = (maxPayload: number): MessageWriter =>
      new MessageWriter(new Codec(resolveCodecOptions({ maxPayload })));
    const write = (maxPayload: number): Envelope =>
      limited(maxPayload).notification('take', [large(1)], {}, true);
    expect(write(small).size).toBe(small);
    expect(() => write(small - 1)).toThrow('codec.maxPayload');
  });

  it('may not be marked by a tag of the user', () => {
    expect(() => event(new Tag(ATTACHMENT_TAG, 0))).toThrow('reserved for attachments');
  });
});

describe('envelopes of one payload', () => {
  it('own the frames in order', () => {
    const values = [large(1), 'none', [large(2), large(3)], large(4, 10), large(5)];
    const { messages, malformed } = readTogether(...values.map((value) => event(value)));
    expect(malformed).toBeUndefined();
    expect(areSame(messages.map(argumentOf), values)).toBe(true);
  });

  it('may come without a value', () => {
    const { messages } = readTogether(writer.result(1, NO_VALUE, {}, true), event(large(1)));
    expect(messages[0]).toMatchObject({ id: 1, result: undefined });
    expect(areSame(argumentOf(messages[1]), large(1))).toBe(true);
  });
});

it('reads any messages as they were written, with byte strings around the threshold', () => {
  const bytes = fc
    .tuple(fc.integer({ min: -2, max: 2 }), fc.nat(255))
    .map(([more, fill]) => large(fill, SMALLEST_ATTACHMENT + more));
  const { value: anyValue } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      bytes,
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 3, noNullPrototype: true }),
      fc.array(fc.tuple(bytes, tie('value')), { minLength: 1, maxLength: 3 }).map((entries) => {
        return new Map(entries);
      }),
      fc.array(bytes, { maxLength: 3 }).map((members) => new Set(members)),
    ),
  }));
  fc.assert(
    fc.property(fc.array(fc.tuple(anyValue, fc.boolean()), { minLength: 1 }), (values) => {
      const envelopes = values.map(([value, attaches]) => event(value, attaches));
      const { messages, malformed } = readTogether(...envelopes);
      expect(malformed).toBeUndefined();
      const read = messages.map(argumentOf);
      expect(
        areSame(
          read,
          values.map(([value]) => value),
        ),
      ).toBe(true);
    }),
  );
});

describe('attachments', () => {
  it('refuses a negative index in a later envelope: it is a frame of the one before', () => {
    const payload = sequence(
      ...[[Type.NOTIFICATION, 'take', [attachment(0)]], header({ [Key.ATTACHMENTS]: 1 })],
      ...[[Type.NOTIFICATION, 'take', [attachment(-1)]], header({ [Key.ATTACHMENTS]: 1 })],
    );
    const { messages, malformed } = reader.read(payload, [Buffer.from('a'), Buffer.from('b')]);
    expect(malformed).toBeDefined();
    expect(messages).toHaveLength(1);
  });
});
