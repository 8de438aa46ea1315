import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { RemoteClient, RemoteServer, type UdpKeySource, udpKey } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';

const bytes = Buffer.from('00112233445566778899aabbccddeeff'.repeat(2), 'hex');
const hex = bytes.toString('hex');
const base64url = bytes.toString('base64url');

const secretsOf = (security: ReturnType<typeof udpKey>): Buffer[] =>
  security.keys.map((key) => key.secret());

function setVariable(name: string, value: string): void {
  process.env[name] = value;
  onTestFinished(() => void delete process.env[name]);
}

describe('the key of udpKey', () => {
  it.each<[string, UdpKeySource]>([
    ['bytes', bytes],
    ['a Uint8Array', new Uint8Array(bytes)],
    ['hexadecimal digits', hex],
    ['large hexadecimal digits', hex.toUpperCase()],
    ['base64url', base64url],
    ['base64url with padding', `${base64url}=`],
  ])('may be given as %s', (_, key) => {
    expect(secretsOf(udpKey({ id: 'k', key }))).toEqual([bytes]);
  });

  it('may be in an environment variable', () => {
    setVariable('UDP_KEY_OF_THIS_TEST', `${hex}\n`);

    expect(secretsOf(udpKey({ id: 'k', key: { env: 'UDP_KEY_OF_THIS_TEST' } }))).toEqual([bytes]);
  });

  it('may be in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'udp-key-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'key');
    await writeFile(file, `${base64url}\n`);

    expect(secretsOf(udpKey({ id: 'k', key: { file } }))).toEqual([bytes]);
  });

  it('may be one of several', () => {
    const keys = [
      { id: 'new', key: bytes },
      { id: 'old', key: randomBytes(32) },
    ];

    expect(udpKey(keys).keys.map(({ id }) => id.toString())).toEqual(['new', 'old']);
    expect(udpKey({ keys }).keys.map(({ id }) => id.toString())).toEqual(['new', 'old']);
  });
});

describe('udpKey refuses, without a key in its error,', () => {
  it.each([
    ['a short key', { id: 'k', key: bytes.subarray(1) }, /31 bytes; a key has 32/],
    ['a short text', { id: 'k', key: hex.slice(2) }, /the text is no key: give 64 hexadecimal/],
    ['a key that is missing', { id: 'k' }, /its key cannot be used: give 32 bytes/],
    [
      'a key for the name of a variable',
      { id: 'k', key: { env: hex } },
      /is not shown, is not set/,
    ],
    ['a variable that is not set', { id: 'k', key: { env: 'NO_SUCH' } }, /NO_SUCH is not set/],
    ['a file that is not there', { id: 'k', key: { file: '/no/such' } }, /cannot be read \(ENOENT/],
    ['no id', { id: '', key: hex }, /its id cannot be used: give a text of 1 to 32 bytes/],
    ['a long id', { id: 'x'.repeat(33), key: hex }, /1 to 32 bytes/],
    ['another member', { id: 'k', key: hex, secret: hex }, /there are id, key/],
    ['an empty list', [], /the list is empty/],
    [
      'the same id twice',
      [
        { id: 'k', key: hex },
        { id: 'k', key: bytes },
      ],
      /two keys have/,
    ],
    ['keys that are no list', { keys: hex }, /give a list of { id, key }/],
    ['a member beside keys', { keys: [], secret: hex }, /there is no secret; there are keys/],
    ['a bare key', hex, /give { id, key }, or a list of them/],
    ['nothing', undefined, /give { id, key }, or a list of them/],
  ])('%s', (_, options, message) => {
    const error = thrownBy(() => udpKey(options as never));

    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(hex.slice(2));
  });
});

describe('a key is not shown', () => {
  const security = udpKey({ id: 'k', key: bytes });
  const forms = [hex, base64url, [...bytes].join(', '), bytes.toString('base64'), '00 11 22 33'];

  it.each([
    ['by inspect', () => inspect(security, { depth: null, showHidden: true, getters: true })],
    ['by JSON', () => JSON.stringify(security)],
    [
      'by inspecting a server or client',
      () =>
        inspect(
          [
            new RemoteServer({ bind: 'udp://127.0.0.1:*', security }),
            new RemoteClient({ connect: 'udp://127.0.0.1:5000', security }),
          ],
          { depth: null, maxArrayLength: null },
        ),
    ],
  ])('%s', (_, show) => {
    const shown = show();
    expect(forms.filter((form) => shown.includes(form))).toEqual([]);
  });

  it.each([
    ['an object that udpKey has not made', { security: { id: 'k', key: hex } }],
    ['a bare key', { security: hex }],
    ['an option of another name', { udpKey: { id: 'k', key: hex } }],
    ['a secret of another name', { secret: hex }],
  ])('by the error for %s', (_, options) => {
    const error = thrownBy(
      () => new RemoteServer({ bind: 'udp://127.0.0.1:*', ...options } as never),
    );

    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(hex);
  });
});

describe('keys are refused', () => {
  const security = udpKey({ id: 'k', key: bytes });

  it.each([
    ['on a server', () => new RemoteServer({ bind: 'tcp://127.0.0.1:*', security })],
    ['on a client', () => new RemoteClient({ connect: 'tcp://127.0.0.1:5000', security })],
    [
      'beside UDP',
      () => new RemoteClient({ connect: ['udp://127.0.0.1:5000', 'ipc://x'], security }),
    ],
  ])('where an address would stay open: %s', (_, make) => {
    expect(make).toThrow(/option security: udpKey is for udp:\/\/, and .* would stay open/);
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
