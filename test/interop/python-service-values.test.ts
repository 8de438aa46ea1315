import type { RemoteClient } from 'nestjs-remote';
import { expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { describePython } from './python-peer.js';
import { PYTHON_VALUES } from './python-values.js';
import { ANYWHERE, startPeer } from './start-peer.js';

class Point {
  x = 1;
}

/** What a caller sends, what it is to Python by type and repr, and what comes back if not the same. */
const OURS: readonly [value: unknown, type: string, repr: string, back?: unknown][] = [
  [null, 'NoneType', 'None'],
  [undefined, 'NoneType', 'None', null],
  [true, 'bool', 'True'],
  [42, 'int', '42'],
  [-1, 'int', '-1'],
  [2 ** 32, 'int', '4294967296'],
  [Number.MAX_SAFE_INTEGER, 'int', '9007199254740991'],
  [Number.MIN_SAFE_INTEGER, 'int', '-9007199254740991'],
  [2 ** 53, 'float', '9007199254740992.0'],
  [7n, 'int', '7', 7],
  [2n ** 53n, 'int', '9007199254740992'],
  [2n ** 64n - 1n, 'int', '18446744073709551615'],
  [-(2n ** 64n), 'int', '-18446744073709551616'],
  [2n ** 64n, 'int', '18446744073709551616'],
  [-(2n ** 100n), 'int', '-1267650600228229401496703205376'],
  [0.1, 'float', '0.1'],
  [-0, 'float', '-0.0'],
  [NaN, 'float', 'nan'],
  [Infinity, 'float', 'inf'],
  [-Infinity, 'float', '-inf'],
  ['héllo 世界 😀', 'str', "'héllo 世界 😀'"],
  [Buffer.from([0, 1, 255]), 'bytes', String.raw`b'\x00\x01\xff'`],
  [Uint8Array.of(1), 'bytes', String.raw`b'\x01'`, Buffer.of(1)],
  [Uint16Array.of(1), 'bytes', String.raw`b'\x01\x00'`, Buffer.of(1, 0)],
  [new ArrayBuffer(1), 'bytes', String.raw`b'\x00'`, Buffer.of(0)],
  [[1, [2, []]], 'list', '[1, [2, []]]'],
  [[undefined, null], 'list', '[None, None]', [null, null]],
  [{ b: 1, a: { c: null } }, 'dict', "{'b': 1, 'a': {'c': None}}"],
  [{ a: undefined, b: () => 1, c: Symbol('c'), d: 1 }, 'dict', "{'d': 1}", { d: 1 }],
  [new Map([['text', 1]]), 'dict', "{'text': 1}", { text: 1 }],
  [
    new Map([
      [1, 'one'],
      [-2, 'two'],
    ]),
    'dict',
    "{1: 'one', -2: 'two'}",
  ],
  [new Map([[2n ** 63n, [1]]]), 'dict', '{9223372036854775808: [1]}'],
  [new Set([1]), 'set', '{1}'],
  [
    new Date('2021-06-24T01:02:03Z'),
    'datetime',
    'datetime.datetime(2021, 6, 24, 1, 2, 3, tzinfo=datetime.timezone.utc)',
  ],
  [
    { at: [new Date('2021-06-24T01:02:03.456Z')] },
    'dict',
    "{'at': [datetime.datetime(2021, 6, 24, 1, 2, 3, 456000, tzinfo=datetime.timezone.utc)]}",
  ],
  [new URL('http://localhost/'), 'str', "'http://localhost/'", 'http://localhost/'],
  [
    new RangeError('far'),
    'dict',
    "{'name': 'RangeError', 'message': 'far'}",
    { name: 'RangeError', message: 'far' },
  ],
  [Object('boxed'), 'str', "'boxed'", 'boxed'],
  [new Point(), 'dict', "{'x': 1}", { x: 1 }],
  [{ toJSON: () => [1] }, 'list', '[1]', [1]],
];

describePython('A result of a Python service', () => {
  it.each([true, false])(
    'is the documented JavaScript value, and Python gets the same or as documented (extension: %s)',
    async (extension) => {
      const client = await startClient(extension);

      for (const { name, value, back } of PYTHON_VALUES) {
        const result: unknown = await client.call.value(name);
        expect(result, name).toStrictEqual(value);

        expect(await client.call.check(name, result), name).toBe(back === undefined);
        if (back !== undefined) {
          expect(await client.call.describe(result), name).toMatchObject({ repr: back });
        }
      }
    },
  );
});

describePython('An argument for a Python service', () => {
  it.each([true, false])(
    'is the natural Python value, and comes back the same or as documented (extension: %s)',
    async (extension) => {
      const client = await startClient(extension);

      for (const [value, type, repr, back = value] of OURS) {
        expect(await client.call.describe(value), repr).toEqual({ type, repr });
        expect(await client.call.echo(value), repr).toStrictEqual(back);
      }
    },
  );

  it('may be 8 MiB of bytes', async () => {
    const client = await startClient();
    const bytes = Buffer.alloc(
      8 * 1024 * 1024,
      Uint8Array.from({ length: 251 }, (_, at) => at),
    );

    const result = (await client.call.echo(bytes)) as Buffer;

    expect(result.equals(bytes)).toBe(true);
  });

  it('may be many bytes in several places', async () => {
    const client = await startClient();
    const [first, second] = [Buffer.alloc(65_536, 1), Buffer.alloc(100_000, 2)];

    const result: unknown = await client.call.echo_args({ first }, [second, 'text']);

    expect(result).toEqual([{ first }, [second, 'text']]);
  });

  it('that cannot be encoded is refused before it is sent, by its path', async () => {
    const client = await startClient();

    await expect(client.call.echo({ a: [2n ** 9000n] })).rejects.toMatchObject({
      origin: 'local',
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('a[0]') as string,
    });
    expect(await client.call.add(1, 2)).toBe(3);
  });
});

async function startClient(extension = true): Promise<RemoteClient> {
  const service = await startPeer('service', '--bind', ANYWHERE);
  return createClient({ connect: service.endpoint, extension });
}
