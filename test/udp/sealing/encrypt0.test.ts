import { execFileSync, spawnSync } from 'node:child_process';
import { createCipheriv, hkdfSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEncrypt0 } from '../../../lib/nodes/udp/sealing/encrypt0-reader.js';
import { Encrypt0Sealer, openEncrypt0 } from '../../../lib/nodes/udp/sealing/encrypt0.js';
import { SessionKey } from '../../../lib/nodes/udp/sealing/session-key.js';

const secret = Buffer.from([...Array(32).keys()]);
const client = Buffer.alloc(16, 0xc1);
const server = Buffer.alloc(16, 0x5e);
const keyId = Buffer.from('k1');
const plaintext = Buffer.from('840007636164648201 02a0'.replace(' ', ''), 'hex');

const requestKey = new SessionKey(secret, 'request', client);
const responseKey = new SessionKey(secret, 'response', client, server);
const context = Buffer.concat([client, server.subarray(0, 8)]);
const requests = new Encrypt0Sealer(requestKey, keyId, context, 'request');
const responses = new Encrypt0Sealer(responseKey, keyId, server, 'response');

/** What opens a datagram, if it is what its reader takes it for. */
function open(datagram: Buffer, key = requestKey, direction: 'request' | 'response' = 'request') {
  const message = readEncrypt0(datagram);
  return message && openEncrypt0(message, key, direction);
}

/** The datagram of docs/protocol.md. */
const EXAMPLE =
  'd0835828a4010304426b310644000000070a5818c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c15e5e5e5e5e5e5e5ea0581b';

describe('a sealed datagram', () => {
  it('has the bytes that RFC 9052 makes of its parts', () => {
    const header = Buffer.from(EXAMPLE.slice(8, -6), 'hex');
    const derived = Buffer.from(
      hkdfSync('sha256', secret, '', Buffer.concat([label('request'), client]), 44),
    );
    const nonce = Buffer.from(derived.subarray(32));
    nonce[11] = (nonce[11] ?? 0) ^ 7;
    const cipher = createCipheriv('aes-256-gcm', derived.subarray(0, 32), nonce);
    cipher.setAAD(
      Buffer.concat([
        Buffer.from('8368456e637279707430', 'hex'), // [ 'Encrypt0',
        Buffer.from([0x58, header.length]),
        header,
        Buffer.from([0x58, label('request').length]),
        label('request'),
      ]),
    );
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);

    expect(requests.seal(plaintext, 7).toString('hex')).toBe(
      EXAMPLE + ciphertext.toString('hex') + cipher.getAuthTag().toString('hex'),
    );
  });

  it.each([
    ['a request', requests, requestKey, 'request'],
    ['a response', responses, responseKey, 'response'],
  ] as const)('can be opened again: %s', (_, sealer, key, direction) => {
    for (const counter of [0, 1, 255, 65_536, 0xffff_ffff]) {
      expect(open(sealer.seal(plaintext, counter), key, direction)).toEqual(plaintext);
    }
  });

  it('opens with no other key, in no other direction', () => {
    const request = requests.seal(plaintext, 1);
    const other = Buffer.alloc(32, 9);

    expect(open(request, new SessionKey(other, 'request', client))).toBeUndefined();
    expect(open(request, new SessionKey(secret, 'request', server))).toBeUndefined();
    expect(open(request, requestKey, 'response')).toBeUndefined();
    expect(open(request, responseKey, 'response')).toBeUndefined();
    expect(open(responses.seal(plaintext, 1))).toBeUndefined();
  });

  it('is rejected after any change of its bytes', () => {
    const sealed = fc
      .tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 0xffff_ffff }))
      .map(([bytes, counter]) => requests.seal(bytes, counter));
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      removed: fc.integer({ min: 0, max: 8 }),
      inserted: fc.uint8Array({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(sealed, fc.array(change, { minLength: 1, maxLength: 3 }), (datagram, changes) => {
        const changed = changes.reduce(changedAt, datagram);
        fc.pre(!changed.equals(datagram));
        expect(open(changed)).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });

  it('is rejected with any one bit changed, and cut at any byte', () => {
    const datagram = requests.seal(plaintext, 7);
    for (let bit = 0; bit < datagram.length * 8; bit++) {
      const changed = Buffer.from(datagram);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(open(changed)).toBeUndefined();
    }
    for (let length = 0; length < datagram.length; length++) {
      expect(open(datagram.subarray(0, length))).toBeUndefined();
    }
  });

  it('is written in one way alone', () => {
    const hex = requests.seal(plaintext, 7).toString('hex');
    const rewritten = [
      hex.replace(/^d0/, 'd810'),
      hex.replace(/^d083/, 'd09803'),
      hex.replace(/^d0835828/, 'd083590028'),
      hex.replace('a0581b', 'b800581b'),
      hex.replace('a0581b', 'bfff581b'),
      hex.replace('a0581b', 'a059001b'),
      `${hex}00`,
    ];

    expect(new Set([hex, ...rewritten]).size).toBe(rewritten.length + 1);
    for (const text of rewritten) {
      expect(open(Buffer.from(text, 'hex'))).toBeUndefined();
    }
  });

  it('is no reason to fail for whatever else comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(open(Buffer.from(bytes))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});

const hasPython = spawnSync('/usr/bin/python3', ['-c', 'import cbor2, cryptography']).status === 0;

describe.skipIf(!hasPython)('a datagram and its twin of cbor2 and cryptography', () => {
  const python = (...args: string[]): string =>
    execFileSync(
      '/usr/bin/python3',
      [fileURLToPath(new URL('seal.py', import.meta.url)), ...args],
      { encoding: 'utf8' },
    ).trim();
  const hexes = (...parts: Buffer[]): string[] => parts.map((part) => part.toString('hex'));

  it('have the same bytes', () => {
    const counter = 0x1234_5678;
    const [secretHex = '', id = '', text = ''] = hexes(secret, keyId, plaintext);
    const request = [...hexes(client), id, ...hexes(context), `${counter}`, text];
    const response = [...hexes(Buffer.concat([client, server])), id, ...hexes(server)];

    expect(requests.seal(plaintext, counter).toString('hex')).toBe(
      python('seal', 'request', secretHex, ...request),
    );
    expect(responses.seal(plaintext, counter).toString('hex')).toBe(
      python('seal', 'response', secretHex, ...response, `${counter}`, text),
    );
  });

  it('can be opened by each other', () => {
    const sealed = requests.seal(plaintext, 99);

    expect(python('open', 'request', ...hexes(secret, client, sealed))).toBe(
      plaintext.toString('hex'),
    );
  });
});

function label(direction: string): Buffer {
  return Buffer.from(`nestjs-remote udp ${direction}`);
}

function changedAt(
  datagram: Buffer,
  { at, removed, inserted }: { at: number; removed: number; inserted: Uint8Array },
): Buffer {
  const place = Math.floor(at * datagram.length);
  return Buffer.concat([datagram.subarray(0, place), inserted, datagram.subarray(place + removed)]);
}
