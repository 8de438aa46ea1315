import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashOf, hashOfBoth } from '../../lib/client/balancing/text-hash.js';

it.each([
  ['', 0xab3e7c0b],
  ['a', 0x1a80b1b3],
  ['tcp://10.0.0.1:5555', 0x5b9049dc],
])('gives %j the same number in every version', (text, number) => {
  expect(hashOf(text)).toBe(number);
});

it('gives whole numbers of 32 bits', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      for (const hash of [hashOf(one), hashOfBoth(hashOf(one), hashOf(other))]) {
        expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true);
      }
    }),
  );
});

it('spreads addresses that differ in one digit', () => {
  const buckets = Array.from({ length: 16 }, () => 0);
  const client = hashOf('client');
  for (let number = 0; number < 16_000; number++) {
    const hash = hashOfBoth(client, hashOf(`tcp://10.0.0.1:${number}`));
    buckets[hash >>> 28] = (buckets[hash >>> 28] ?? 0) + 1;
  }
  // Five standard deviations.
  expect(Math.min(...buckets)).toBeGreaterThan(845);
  expect(Math.max(...buckets)).toBeLessThan(1155);
});
