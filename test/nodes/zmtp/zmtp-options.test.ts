import { expect, it } from 'vitest';
import { newParty } from './curve-keys.js';
import { resolveZmtpOptions } from '../../../lib/nodes/zmtp/zmtp-options.js';

const wrong: readonly (readonly [string, unknown, string])[] = [
  ['sendHighWatermark', 5, 'there is no such option of the engine net; there are backlog, '],
  ['curveServer', true, 'the engine net takes its keys by the option security'],
  ['curveServerKey', 'key', 'the engine net takes its keys by the option security'],
  ['zapDomain', 'global', 'the option security says who may come in'],
  ['heartbeatInterval', 5000, 'responds to heartbeats, and sends none'],
  ['receiveHighWaterMark', 1, 'reads no further than it delivers'],
  ['routingId', 'me', 'use the option identity'],
  ['sendHighWaterMark', -5, 'give a whole number from 0'],
  ['linger', 5n, 'give a whole number from -1'],
  ['sendTimeout', 'soon', 'give a whole number from -1'],
  ['reconnectInterval', 0, 'give a whole number from 1'],
  ['maxConnections', 0, 'give a whole number from 1'],
  ['plainUsername', 'x'.repeat(256), 'give a text of at most 255 bytes'],
  ['plainServer', true, 'give plainUsername and plainPassword'],
];

it.each(wrong)('refuses the socket option %s = %s', (name, value, reason) => {
  expect(() => resolveZmtpOptions('DEALER', { [name]: value })).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(`^option socketOptions.${name}: .* cannot be used; `),
    }),
  );
  expect(() => resolveZmtpOptions('DEALER', { [name]: value })).toThrow(reason);
});

it.each([
  ['the keys of a server', newParty().server, { name: 'CURVE', isServer: true }],
  ['the keys of a client', newParty().ada, { name: 'CURVE', isServer: false }],
])('takes %s', (_, security, mechanism) => {
  expect(resolveZmtpOptions('DEALER', {}, security)).toMatchObject({ mechanism });
});

it.each([
  ['plainUsername', 'ada'],
  ['plainPassword', 'engine'],
  ['plainServer', true],
])('refuses the socket option %s beside keys', (name, value) => {
  expect(() => resolveZmtpOptions('DEALER', { [name]: value }, newParty().ada)).toThrow(
    `option socketOptions.${name}: `,
  );
});

it('does not show a password that is wrong', () => {
  const plainPassword = 'secret'.repeat(100);
  expect(() => resolveZmtpOptions('DEALER', { plainPassword })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secretsecret') }),
  );
});

it.each([
  [
    'the defaults',
    {},
    { connectTimeout: 10_000, handshakeInterval: 3000, sendMark: 2 * 1024 * 1024 },
  ],
  ['-1, which means no limit', { linger: -1, maxMessageSize: -1 }, { linger: Infinity }],
  ['a mark of 0, which means none', { sendHighWaterMark: 0 }, { sendMark: Infinity }],
  ['a timeout of -1, which means none', { sendTimeout: -1 }, { sendTimeout: 0 }],
  [
    'intervals',
    { reconnectInterval: 50, reconnectMaxInterval: 100 },
    { backOff: { least: 50, most: 100 } },
  ],
  ['credentials', { plainUsername: 'ada' }, { mechanism: { name: 'PLAIN', isServer: false } }],
])('takes %s', (_, options, expected) => {
  expect(resolveZmtpOptions('DEALER', options)).toMatchObject(expected);
});

it('limits a message to its largest frame, and some more for addresses and many frames', () => {
  const { readLimits } = resolveZmtpOptions('ROUTER', { maxMessageSize: 6400 });
  expect(readLimits).toMatchObject({ maxFrame: 6400, maxMessage: 6500 + 65_536 });
});
