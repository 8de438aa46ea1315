import { readFileSync } from 'node:fs';
import { Codec } from '../../lib/cbor/codec.js';
import { MessageWriter } from '../../lib/protocol/message-writer.js';
import { ROOT } from '../support/root.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Payloads that each try to break one thing, by what that is. Each is malformed. */
export const HOSTILE: ReadonlyMap<string, Buffer> = new Map([
  ['nesting without end', Buffer.concat([hex('83 02 61 78'), Buffer.alloc(100_000, 0x81)])],
  ['an array of 2^63 items', hex('83 02 61 78 9b 7fffffffffffffff')],
  ['a text of 4 GiB', hex('83 02 7a ffffffff 61 62')],
  ['a map of 2^32 members', hex('83 02 61 78 81 ba ffffffff')],
  [
    'a bignum of 256 KiB',
    Buffer.concat([hex('83 02 61 78 81 c2 5a 00040000'), Buffer.alloc(262_144, 255)]),
  ],
  [
    '4 MiB of empty maps',
    Buffer.concat([hex('83 02 61 78 9a 00400000'), Buffer.alloc(4_194_304, 0xa0)]),
  ],
  ['invalid UTF-8', hex('83 02 62 c3 28 80')],
  ['an endless string', hex('83 02 61 78 81 5f 41 00 41 00')],
  ['reserved length bits', hex('83 02 61 78 9c')],
  ['a bare null', hex('f6')],
  ['a type that does not exist', hex('84 18 63 07 61 78 80')],
  ['too few members', hex('82 02 61 78')],
  ['a method that is a map', hex('83 02 a0 80')],
  ['arguments that are null', hex('83 02 61 78 f6')],
  ['a header key that is text', hex('83 02 61 78 80 a1 61 78 00')],
]);

/** Well-formed payloads: those of the Python original, and our own with headers. */
export function validPayloads(): Buffer[] {
  const path = new URL('test/vectors.json', ROOT);
  const vectors = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const groups = ['request', 'notification_dealer', 'response_ok', 'response_error'];
  const recorded = groups.flatMap((group) =>
    (vectors[group] as { wire_frames?: string[] }[]).flatMap(({ wire_frames }) =>
      wire_frames ? [hex(wire_frames.at(-1) ?? '')] : [],
    ),
  );
  const writer = new MessageWriter(new Codec());
  const proto = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as unknown;
  const header = { timeout: 2 ** 40, metadata: { trace: 'abc' } };
  const request = writer.request(7, 'x', [proto, new Date(0), new Set([1]), 2n ** 70n], header);
  const extension = [writer.item(7, 1), writer.cancel(7), writer.goodbye()];
  return [
    ...recorded,
    Buffer.concat([request.bytes, request.bytes]),
    Buffer.concat(extension.map(({ bytes }) => bytes)),
  ];
}
