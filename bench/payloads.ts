import type { PayloadName } from './measurement.js';

const KIBIBYTE = 1024;

const PAYLOADS: Record<PayloadName, () => unknown> = {
  numbers: () => [1, 2],
  // About 100 bytes of JSON.
  object: () => ({
    id: 4711,
    sensor: 'front-left',
    position: [12.5, -3.25, 0.75],
    isValid: true,
    takenAt: '2025-01-31T12:00:00.000Z',
  }),
  'text-1k': () => 'remote calls for Nest, '.repeat(45).padEnd(KIBIBYTE, '.'),
  'binary-50': () => binary(50),
  'binary-1k': () => binary(KIBIBYTE),
  'binary-64k': () => binary(64 * KIBIBYTE),
  'binary-1m': () => binary(KIBIBYTE * KIBIBYTE),
};

/** Makes the payload of this name, the same each time. */
export function makePayload(name: PayloadName): unknown {
  return PAYLOADS[name]();
}

function binary(length: number): Buffer {
  return Buffer.alloc(length, 'binary, not text');
}
