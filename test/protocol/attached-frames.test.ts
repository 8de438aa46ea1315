import { describe, expect, it } from 'vitest';
import { ATTACHMENT_TAG } from '../../lib/cbor/attachments.js';
import { Tag } from '../../lib/cbor/values.js';
import { Codec, resolveCodecOptions } from '../../lib/cbor/codec.js';
import { MessageReader } from '../../lib/protocol/message-reader.js';
import { Key, Type, attachment, header, sequence } from '../extension/wire.js';

const reader = new MessageReader(new Codec());

const attached = (count: unknown) => header({ [Key.ATTACHMENTS]: count });

const event = (...args: unknown[]): unknown[] => [Type.NOTIFICATION, 'take', args];

const frames = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));

describe('frames that were not attached as the header says', () => {
  const two = event(attachment(0), attachment(1));

  it.each([
    ['too few', sequence(two, attached(2)), frames('a')],
    ['none', sequence(two, attached(2)), []],
    ['too many', sequence(two, attached(2)), frames('a', 'b', 'c')],
    ['one that nobody asks for', sequence(event('none'), attached(1)), frames('a')],
    [
      'an index that is used twice',
      sequence(event(attachment(0), attachment(0)), attached(1)),
      frames('a'),
    ],
    [
      'an index that is used twice beside another',
      sequence(event(attachment(0), attachment(0)), attached(2)),
      frames('a', 'b'),
    ],
    ['an index that is missing', sequence(event(attachment(0)), attached(2)), frames('a', 'b')],
    ['an index that is too high', sequence(event(attachment(1)), attached(1)), frames('a')],
    [
      'an index of the next envelope',
      sequence(event(attachment(1)), attached(1), event(attachment(0)), attached(1)),
      frames('a', 'b'),
    ],
    ['an index below 0', sequence(event(attachment(-1)), attached(1)), frames('a')],
    ['an index that is a fraction', sequence(event(attachment(0.5)), attached(1)), frames('a')],
    ['an index that is text', sequence(event(attachment('0')), attached(1)), frames('a')],
    ['an index beyond any frame', sequence(event(attachment(2n ** 60n)), attached(1)), frames('a')],
    ['a count of 0', sequence(event(attachment(0)), attached(0)), frames('a')],
    ['far more than there are', sequence(event(), attached(Number.MAX_SAFE_INTEGER)), frames('a')],
    ['nothing that is an attachment', sequence(event(), attached(1)), []],
  ])('let nothing take effect: %s', (_, payload, following) => {
    const { messages, malformed } = reader.read(payload, following);
    expect(messages).toEqual([]);
    expect(malformed?.reason).toMatch(/attach/);
  });

  it.each([
    ['too few for the last envelope', 1, frames('a')],
    ['too many for all envelopes', 1, frames('a', 'b', 'c')],
  ])('let nothing take effect of the envelopes before: %s', (_, count, following) => {
    const payload = sequence(
      ...[event('before'), header()],
      ...[event(attachment(0)), attached(count)],
      ...[event(attachment(0)), attached(count)],
    );
    const { messages, malformed } = reader.read(payload, following);
    expect(messages).toEqual([]);
    expect(malformed).toBeDefined();
  });

  it('leave what came before an envelope that asks for the wrong ones', () => {
    const payload = sequence(
      ...[event(attachment(0)), attached(1)],
      ...[event(attachment(1)), attached(1)],
      ...[event('after'), header()],
    );
    const { messages, malformed } = reader.read(payload, frames('a', 'b'));
    expect(messages).toMatchObject([{ args: frames('a') }]);
    expect(malformed).toBeDefined();
  });

  it('name the request that was malformed', () => {
    const payload = sequence([Type.REQUEST, 7, 'take', ['none']], attached(1));
    expect(reader.read(payload, frames('a')).malformed).toMatchObject({ type: 0, id: 7 });
  });
});

describe('frames that belong to nobody', () => {
  it.each([
    ['no header', sequence(event('value'))],
    ['a header without a count', sequence(event('value'), header())],
    ['several envelopes without a count', sequence(event('value'), header(), event('value'))],
  ])('are ignored: %s', (_, payload) => {
    const { messages, malformed } = reader.read(payload, frames('surplus', 'frames'));
    expect(malformed).toBeUndefined();
    expect(messages.map((message) => 'args' in message && message.args)).toEqual(
      messages.map(() => ['value']),
    );
  });
});

describe('what looks like an attachment where the header has no count', () => {
  const tag = new Tag(ATTACHMENT_TAG, 0);

  it.each([
    ['no header', [event(attachment(0))], []],
    ['no header, and a frame', [event(attachment(0))], frames('a')],
    ['an empty header', [event(attachment(0)), header()], []],
    ['an empty header, and a frame', [event(attachment(0)), header()], frames('a')],
    ['another header', [event(attachment(0)), header({ [Key.TIMEOUT]: 5 })], frames('a')],
  ])('is an ordinary tag: %s', (_, items, following) => {
    const { messages, malformed } = reader.read(sequence(...items), following);
    expect(malformed).toBeUndefined();
    expect(messages).toMatchObject([{ args: [tag] }]);
  });

  it('is an ordinary tag beside an envelope that owns the frame', () => {
    const payload = sequence(
      ...[event(attachment(0)), header({ [Key.TIMEOUT]: 5 })],
      ...[event(attachment(0)), attached(1)],
    );
    expect(reader.read(payload, frames('a'))).toEqual({
      messages: [
        { type: 2, method: 'take', args: [tag], header: { timeout: 5 } },
        { type: 2, method: 'take', args: frames('a'), header: { attachments: 1 } },
      ],
    });
  });

  it('is an ordinary tag in a header', () => {
    const payload = sequence(
      [Type.RESPONSE, 7, ['no', {}], null],
      header({ [Key.ERROR]: attachment(0) }),
    );
    const [message] = reader.read(payload, frames('a')).messages;
    expect(message?.header?.error?.value).toEqual(tag);
  });
});

describe('maxPayload', () => {
  const payload = sequence(event(attachment(0), attachment(1)), attached(2));
  const following = frames('a'.repeat(60), 'b'.repeat(40));
  const size = payload.length + 100;

  const readWithin = (maxPayload: number, bytes = payload) =>
    new MessageReader(new Codec(resolveCodecOptions({ maxPayload }))).read(bytes, following);

  it('takes payload and frames that are as large together', () => {
    expect(readWithin(size)).toMatchObject({ messages: [{ args: following }] });
  });

  it('refuses payload and frames that are larger together', () => {
    const { messages, malformed } = readWithin(size - 1);
    expect(messages).toEqual([]);
    expect(malformed?.reason).toMatch('codec.maxPayload');
  });

  it('does not count frames that are ignored', () => {
    expect(readWithin(size - 1, sequence(event('value'), header()))).toMatchObject({
      messages: [{ args: ['value'] }],
    });
  });
});
