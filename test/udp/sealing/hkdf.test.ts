import { hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hkdf } from '../../../lib/nodes/udp/sealing/hkdf.js';

it('gives the keys of RFC 5869', () => {
  // Test case 3 of its appendix A, whose salt and info are empty.
  const okm =
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8';

  expect(hkdf(Buffer.alloc(22, 0x0b), Buffer.alloc(0), 42).toString('hex')).toBe(okm);
});

it('gives the keys of node:crypto', () => {
  const bytes = fc.uint8Array({ maxLength: 80 }).map((each) => Buffer.from(each));
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 1, max: 200 }), (secret, info, size) => {
      const expected = Buffer.from(hkdfSync('sha256', secret, '', info, size));
      expect(hkdf(secret, info, size)).toEqual(expected);
    }),
  );
});
