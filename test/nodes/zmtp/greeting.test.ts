import { describe, expect, it } from 'vitest';
import { GreetingReader, writeGreeting } from '../../../lib/nodes/zmtp/core/greeting.js';
import { CUTS, GREETING, hex, latin1 } from './wire.js';

const filler = '00'.repeat(31);
const name = (text: string): string => latin1(text.padEnd(20, '\0')).toString('hex');

/** Greetings as they are on the wire (37/ZMTP, "The Greeting"). */
const greetings: readonly (readonly [string, string, object])[] = [
  [
    'ZMTP 3.1',
    `ff0000000000000001 7f 0301 ${name('NULL')} 00 ${filler}`,
    { minor: 1, mechanism: 'NULL', isServer: false },
  ],
  [
    'ZMTP 3.0',
    `ff0000000000000001 7f 0300 ${name('NULL')} 00 ${filler}`,
    { minor: 0, mechanism: 'NULL', isServer: false },
  ],
  [
    'a later minor version',
    `ff0000000000000001 7f 0307 ${name('NULL')} 00 ${filler}`,
    { minor: 7, mechanism: 'NULL', isServer: false },
  ],
  [
    'a later major version',
    `ff0000000000000001 7f 0400 ${name('NULL')} 00 ${filler}`,
    { minor: 1, mechanism: 'NULL', isServer: false },
  ],
  [
    'PLAIN as server',
    `ff0000000000000001 7f 0301 ${name('PLAIN')} 01 ${filler}`,
    { minor: 1, mechanism: 'PLAIN', isServer: true },
  ],
  [
    'any padding',
    `ffdeadbeef01020304 7f 0301 ${name('CURVE')} 00 ${filler}`,
    { minor: 1, mechanism: 'CURVE', isServer: false },
  ],
];

describe.each(CUTS)('a greeting that comes %s', (_, cut) => {
  it.each(greetings)('is read: %s', (_name, bytes, expected) => {
    const reader = new GreetingReader();
    const chunks = cut(hex(bytes));
    chunks.forEach((chunk) => reader.take(chunk));
    expect(reader.read()).toEqual(expected);
  });
});

it('leaves what follows it', () => {
  const reader = new GreetingReader();
  expect(reader.take(Buffer.concat([GREETING, latin1('more')]))).toBe(64);
});

/** What is none of ZMTP 3, and by how many bytes that shows. */
const refused: readonly (readonly [string, string, string])[] = [
  ['HTTP', '47', 'speaks no ZMTP'],
  ['ZMTP 1.0, with a short identity', '01', 'speaks no ZMTP'],
  ['ZMTP 1.0, with a long identity', 'ff0000000000000001 00', 'older than 2.0'],
  ['ZMTP 1.0 of libzmq 3.0', 'ff0000000000000001 7f 00', 'ZMTP 1.0, older than 3.0'],
  ['ZMTP 2.0', 'ff0000000000000001 7f 01', 'ZMTP 2.0, older than 3.0'],
  ['a later revision of ZMTP 2', 'ff0000000000000001 7f 02', 'ZMTP 2.0, older than 3.0'],
];

describe('a greeting of another protocol is refused as soon as it shows', () => {
  it.each(refused)('%s', (_, bytes, message) => {
    const reader = new GreetingReader();
    reader.take(hex(bytes).subarray(0, -1));
    expect(reader.read()).toBeUndefined();
    reader.take(hex(bytes).subarray(-1));
    expect(() => reader.read()).toThrow(message);
  });
});

it('is written as the RFC draws it', () => {
  const bytes = writeGreeting('PLAIN', true);
  expect(bytes.subarray(9).toString('hex')).toBe(
    hex(`7f0301 ${name('PLAIN')} 01 ${filler}`).toString('hex'),
  );
  expect(bytes[0]).toBe(0xff);
});
