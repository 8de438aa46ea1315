import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Codec } from '../../lib/cbor/codec.js';
import type { Envelope } from '../../lib/protocol/envelope.js';
import { MessageReader } from '../../lib/protocol/message-reader.js';
import { MessageWriter } from '../../lib/protocol/message-writer.js';

const codec = new Codec();
const writer = new MessageWriter(codec);
const reader = new MessageReader(codec);

const request = (timeout?: number): Envelope =>
  writer.request(7, 'add', [1, 2], { timeout, metadata: { a: 'b' } });

const timeoutIn = ({ bytes }: Envelope): number | undefined =>
  reader.read(bytes).messages[0]?.header?.timeout;

const metadataIn = ({ bytes }: Envelope): unknown =>
  reader.read(bytes).messages[0]?.header?.metadata;

/** The longest and shortest timeouts that take so many bytes. */
const widths = [
  ['one byte', 1, 23],
  ['two bytes', 24, 0xff],
  ['three bytes', 0x100, 0xffff],
  ['five bytes', 0x1_0000, 0xffff_ffff],
] as const;

describe.each(widths)('a timeout of %s', (_, shortest, longest) => {
  it.each([shortest, longest])('is encoded as it was given: %i', (timeout) => {
    expect(timeoutIn(request(timeout))).toBe(timeout);
  });

  it.each([1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 31].filter((left) => left < longest))(
    'becomes the time that is left, in as many bytes: %i',
    (left) => {
      const envelope = request(longest);
      const { length } = envelope.bytes;
      envelope.setTimeLeft(left);
      expect(timeoutIn(envelope)).toBe(left);
      expect(envelope.bytes).toHaveLength(length);
      expect(metadataIn(envelope)).toEqual({ a: 'b' });
    },
  );
});

describe('the time left', () => {
  it.each([1000, 1001])('stays what it was where it would not be shorter: %i', (left) => {
    const envelope = request(1000);
    const before = Buffer.from(envelope.bytes);
    envelope.setTimeLeft(left);
    expect(envelope.bytes).toEqual(before);
  });

  it('is not written into a request without a timeout', () => {
    const envelope = request();
    const before = Buffer.from(envelope.bytes);
    envelope.setTimeLeft(1);
    expect(envelope.bytes).toEqual(before);
  });

  it('is not written into an envelope without a header', () => {
    const base = new MessageWriter(codec, { headers: false });
    const envelope = base.request(7, 'add', [1, 2], { timeout: 1000 });
    const before = Buffer.from(envelope.bytes);
    envelope.setTimeLeft(1);
    expect(envelope.bytes).toEqual(before);
  });

  it('leaves the envelopes before and after it alone', () => {
    const envelopes = [request(1000), request(1000), request(1000)] as const;
    envelopes[1].setTimeLeft(5);
    expect(envelopes.map(timeoutIn)).toEqual([1000, 5, 1000]);
  });

  it('may be written again and again, as long as it gets less', () => {
    const times = fc.uniqueArray(fc.integer({ min: 1, max: 0x7fff_ffff }), { minLength: 1 });
    fc.assert(
      fc.property(times, (unordered) => {
        const [whole, ...rest] = unordered.toSorted((one, other) => other - one) as [number];
        const envelope = request(whole);
        for (const left of rest as number[]) {
          envelope.setTimeLeft(left);
          expect(timeoutIn(envelope)).toBe(left);
        }
      }),
    );
  });
});

describe('the size of an envelope', () => {
  it('is that of its bytes', () => {
    const envelope = request(1000);
    expect(envelope.size).toBe(envelope.bytes.length);
  });

  it('includes its attachments', () => {
    const envelope = writer.notification('take', [Buffer.alloc(20_000)], {}, true);
    expect(envelope.size).toBe(envelope.bytes.length + 20_000);
  });
});

describe('the time left of very much', () => {
  it('is written where the timeout took nine bytes', () => {
    const envelope = new MessageWriter(new Codec()).request(7, 'a', [], { timeout: 2 ** 32 });
    expect(() => {
      envelope.setTimeLeft(5);
    }).not.toThrow();
  });
});
