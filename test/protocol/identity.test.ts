import { expect, it } from 'vitest';
import { renderIdentity } from '../../lib/protocol/identity.js';

it.each(['-', 'service', 'nestjs-remote:aB_9', 'a service', 'Größe', '北京'])(
  'shows the printable identity %s as it is',
  (text) => {
    expect(renderIdentity(Buffer.from(text))).toBe(text);
  },
);

it.each([
  ['made up by libzmq', [0, 1, 2, 3, 4], '0x0001020304'],
  ['of control characters', [0x1b, 0x5b], '0x1b5b'],
  ['that is not UTF-8', [0xff, 0x61], '0xff61'],
  ['that is empty', [], '0x'],
])('shows an identity %s in hex', (_, bytes, shown) => {
  expect(renderIdentity(Uint8Array.from(bytes))).toBe(shown);
});
