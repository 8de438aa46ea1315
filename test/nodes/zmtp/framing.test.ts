import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../../lib/nodes/zmtp/core/frame-reader.js';
import { MessageWriter } from '../../../lib/nodes/zmtp/core/message-writer.js';
import { CUTS, NO_LIMITS, framesOf, hex, piecesOf } from './wire.js';

const big = (size: number): string => 'ab'.repeat(size);

/** Frames as they are on the wire (37/ZMTP, "Framing"). */
const frames: readonly (readonly [string, string, object])[] = [
  ['an empty one', '00 00', { isCommand: false, hasMore: false, body: hex('') }],
  ['a short one', '00 03 616263', { isCommand: false, hasMore: false, body: hex('616263') }],
  ['one that more follow', '01 01 61', { isCommand: false, hasMore: true, body: hex('61') }],
  [
    'the longest short one',
    `00 ff ${big(255)}`,
    { isCommand: false, hasMore: false, body: hex(big(255)) },
  ],
  [
    'the shortest long one',
    `02 0000000000000100 ${big(256)}`,
    { isCommand: false, hasMore: false, body: hex(big(256)) },
  ],
  [
    'a long one of few bytes',
    '03 0000000000000001 61',
    { isCommand: false, hasMore: true, body: hex('61') },
  ],
  ['a short command', '04 02 0141', { isCommand: true, hasMore: false, body: hex('0141') }],
  [
    'a long command',
    `06 0000000000000101 ${big(257)}`,
    { isCommand: true, hasMore: false, body: hex(big(257)) },
  ],
];

describe.each(CUTS)('a frame that comes %s', (_, cut) => {
  it.each(frames)('is read: %s', (_name, bytes, expected) => {
    expect(framesOf(new FrameReader(NO_LIMITS), cut(hex(bytes)))).toEqual([expected]);
  });

  it('is followed by others', () => {
    const all = Buffer.concat(frames.map(([, bytes]) => hex(bytes)));
    const read = framesOf(new FrameReader(NO_LIMITS), cut(all));
    expect(read).toEqual(frames.map(([, , frame]) => frame));
  });
});

describe('flags that no frame has are refused', () => {
  it.each(['05', '07', '08', '10', '20', '40', '80', 'ff'])('%s', (flags) => {
    expect(() => framesOf(new FrameReader(NO_LIMITS), [hex(`${flags} 00`)])).toThrow('flags');
  });
});

describe('a limit', () => {
  const limits = { maxCommand: 10, maxFrame: 1000, maxMessage: 1500 };

  it.each([
    ['of a command', '04 0b', 'a command of 11 bytes'],
    ['of a frame', '02 00000000000003e9', 'a frame of 1001 bytes'],
    ['of a frame of any size', '02 ffffffffffffffff', 'over the limit'],
    ['of a message', `03 00000000000003e8 ${big(1000)} 02 00000000000001f4`, 'a message is over'],
  ])('%s holds once a size is announced, before any of it has come', (_, bytes, message) => {
    expect(() => framesOf(new FrameReader(limits), [hex(bytes)])).toThrow(message);
  });

  it('of a message bounds the number of its frames too', () => {
    const endless = hex('01 00'.repeat(100));
    expect(() => framesOf(new FrameReader(limits), [endless])).toThrow('a message is over');
  });

  it('of a message bounds the commands between its frames too, which keep their chunks', () => {
    const endless = hex(`01 01 61${' 04 05 04 504f4e47'.repeat(20)}`);
    expect(() => framesOf(new FrameReader(limits), [endless])).toThrow('a message is over');
  });

  it('does not hold for commands that no message is waiting for', () => {
    const commands = hex('04 05 04 504f4e47'.repeat(100));
    expect(framesOf(new FrameReader(limits), [commands])).toHaveLength(100);
  });

  it('of a message holds for each of them', () => {
    const three = hex(`02 00000000000003e8 ${big(1000)}`.repeat(3));
    expect(framesOf(new FrameReader(limits), [three])).toHaveLength(3);
  });
});

describe('memory', () => {
  it('is not copied for frames that lie in one chunk', () => {
    const chunk = hex('00 03 616263 00 02 6465');
    const read = framesOf(new FrameReader(NO_LIMITS), [chunk]);
    expect(read.map(({ body }) => body.buffer === chunk.buffer)).toEqual([true, true]);
  });

  it('is copied for frames that are a small part of a large chunk, which they do not keep', () => {
    const chunk = hex(`00 03 616263 02 0000000000004e20 ${big(20_000)}`);
    const [small, large] = framesOf(new FrameReader(NO_LIMITS), [chunk]);
    expect(small?.body.toString()).toBe('abc');
    expect(small?.body.buffer.byteLength).toBeLessThan(chunk.length);
    expect(large?.body.buffer).toBe(chunk.buffer);
  });

  it('grows with what has come, whatever size a frame announces', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => new FrameReader(NO_LIMITS));
    readers.forEach((reader) => framesOf(reader, [hex('02 0000000040000000 00')]));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  it('is no more than a frame needs once it has come', () => {
    const bytes = hex(`02 0000000000010000 ${big(65_536)}`);
    const [frame] = framesOf(new FrameReader(NO_LIMITS), piecesOf(bytes, 1000));
    expect(frame?.body.buffer.byteLength).toBe(bytes.length);
  });
});

const frame = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 8000, max: 20_000 }).map((size) => new Uint8Array(size).fill(7)),
);
const message = fc.array(frame, { minLength: 1, maxLength: 5 });

describe('what a writer writes', () => {
  it('is what a reader reads, however it is cut', () => {
    const property = fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.integer({ min: 1, max: 30_000 }),
      (messages, size) => {
        const writer = new MessageWriter();
        messages.forEach((each) => writer.message(each));
        const { size: announced } = writer;
        const bytes = Buffer.concat(writer.take());
        expect(announced).toBe(bytes.length);
        const read = framesOf(new FrameReader(NO_LIMITS), piecesOf(bytes, size));
        expect(read.map(({ body, hasMore }) => [body.toString('latin1'), hasMore])).toEqual(
          messages.flatMap((each) =>
            each.map((body, index) => [
              Buffer.from(body).toString('latin1'),
              index < each.length - 1,
            ]),
          ),
        );
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  it('stays apart from what others write in between', () => {
    const [one, other] = [new MessageWriter(), new MessageWriter()];
    one.message([Buffer.from('a')]);
    other.message([Buffer.from('b')]);
    one.message([Buffer.from('c')]);
    expect(Buffer.concat(one.take()).toString('latin1')).toBe('\0\x01a\0\x01c');
    expect(Buffer.concat(other.take()).toString('latin1')).toBe('\0\x01b');
  });

  it('is one piece for many small messages, and does not copy large frames', () => {
    const writer = new MessageWriter();
    const large = Buffer.alloc(100_000);
    for (let count = 0; count < 100; count++) {
      writer.message([Buffer.from('-'), Buffer.from('small')]);
    }
    writer.message([large]);
    const pieces = writer.take();
    expect(pieces).toHaveLength(2);
    expect(pieces[1]).toBe(large);
    expect(writer.take()).toEqual([]);
  });
});
