import { expect } from 'vitest';
import type { Row } from './row.js';
import { type Site, endingOf, waitsLongerThan } from './site.js';

const echoed =
  (value: unknown, change: (value: unknown) => unknown = (same) => same) =>
  async (site: Site): Promise<unknown> =>
    change(await site.ask('echo', value));

/** Whether the caller of a handler's result is still waiting after a later call has ended. */
const outcomeOfResult =
  (name: string) =>
  async (site: Site): Promise<unknown> => {
    await site.start();
    const ended = endingOf(site.client.send('make', name));
    const later = site.ask('echo', 'later');
    return site.transport === 'TCP' ? waitsLongerThan(ended, later) : ended;
  };

/** What becomes of a value that a caller sends. */
const sent =
  (value: () => unknown) =>
  async (site: Site): Promise<unknown> => {
    await site.start();
    return endingOf(site.client.send('echo', value()));
  };

const cycle = (): unknown => {
  const object: Record<string, unknown> = {};
  object['self'] = object;
  return object;
};

const DATE = new Date('2039-07-05T16:22:35.792Z');

export const values: Row[] = [
  {
    name: '`Date`',
    observe: echoed({ at: DATE }),
    tcp: { at: DATE.toISOString() },
    here: { at: DATE },
    changed: {
      observe: echoed({ at: DATE }, (value) => new Date((value as { at: string | Date }).at)),
      sees: DATE,
    },
  },
  {
    name: '`Buffer`',
    observe: echoed(Buffer.from('hi')),
    tcp: { type: 'Buffer', data: [104, 105] },
    here: Buffer.from('hi'),
    changed: {
      observe: echoed(Buffer.from('hi'), (value) => Buffer.from(value as Buffer)),
      sees: Buffer.from('hi'),
    },
  },
  {
    name: '`Uint8Array`',
    observe: echoed(new Uint8Array([1, 2])),
    tcp: { 0: 1, 1: 2 },
    here: Buffer.from([1, 2]),
    changed: {
      observe: echoed(new Uint8Array([1, 2]), (value) =>
        Uint8Array.from(Object.values(value as object)),
      ),
      sees: new Uint8Array([1, 2]),
    },
  },
  {
    name: 'other typed arrays, `ArrayBuffer`, `DataView`',
    observe: async (site) => [
      await site.ask('echo', new Int16Array([1, 2])),
      await site.ask('echo', new Uint8Array([1]).buffer),
      await site.ask('echo', new DataView(new ArrayBuffer(1))),
    ],
    tcp: [{ 0: 1, 1: 2 }, {}, {}],
    here: [Buffer.from([1, 0, 2, 0]), Buffer.from([1]), Buffer.from([0])],
    changed: {
      observe: echoed(Array.from(new Int16Array([1, 2])), (value) =>
        Int16Array.from(value as number[]),
      ),
      sees: new Int16Array([1, 2]),
    },
  },
  {
    name: '`Map`',
    observe: async (site) => [
      await site.ask('echo', new Map([['a', 1]])),
      await site.ask('echo', new Map([[1, 'a']])),
      await site.ask('echo', new Map()),
    ],
    tcp: [{}, {}, {}],
    here: [{ a: 1 }, new Map([[1, 'a']]), {}],
    changed: {
      observe: echoed([...new Map([[1, 'a']])], (value) => new Map(value as [number, string][])),
      sees: new Map([[1, 'a']]),
    },
  },
  {
    name: '`Set`',
    observe: echoed(new Set([1, 'a'])),
    tcp: {},
    here: new Set([1, 'a']),
    changed: {
      observe: echoed([...new Set([1, 'a'])], (value) => new Set(value as unknown[])),
      sees: new Set([1, 'a']),
    },
  },
  {
    name: '`bigint`',
    from12: true,
    observe: async (site) => [
      await sent(() => 10n)(site),
      await sent(() => 2n ** 70n)(site),
      await outcomeOfResult('bigint')(site),
    ],
    tcp: [
      { values: [], error: { is: 'TypeError', message: expect.stringContaining('BigInt') } },
      { values: [], error: { is: 'TypeError', message: expect.stringContaining('BigInt') } },
      'still waiting',
    ],
    here: [{ values: [10] }, { values: [2n ** 70n] }, { values: [10] }],
    changed: {
      observe: echoed(String(10n), (value) => BigInt(value as string)),
      sees: 10n,
    },
  },
  {
    name: '`NaN`, `Infinity`',
    observe: echoed([Number.NaN, Infinity, -Infinity]),
    tcp: [null, null, null],
    here: [Number.NaN, Infinity, -Infinity],
    changed: {
      observe: echoed([Number.NaN, Infinity, -Infinity], (value) =>
        (value as unknown[]).map((item) => Number.isFinite(item)),
      ),
      sees: [false, false, false],
    },
  },
  {
    name: '`-0`',
    observe: echoed({ n: -0 }),
    tcp: { n: 0 },
    here: { n: -0 },
    changed: {
      observe: echoed({ n: -0 }, (value) => (value as { n: number }).n + 0),
      sees: 0,
    },
  },
  {
    name: '`Error` as a value',
    observe: async (site) => [await site.ask('make', 'error')],
    tcp: [{ code: 'E1' }],
    here: [{ name: 'TypeError', message: 'bad', code: 'E1' }],
  },
  {
    name: 'half of a surrogate pair in a text',
    observe: echoed('cut \ud83d'),
    tcp: 'cut \ud83d',
    here: 'cut \ufffd',
    changed: {
      observe: echoed(Array.from('cut 😀').slice(0, 4).join('')),
      sees: 'cut ',
    },
  },
  {
    name: 'a cycle, a getter that throws',
    from12: true,
    observe: async (site) => [
      await sent(cycle)(site),
      await sent(() => ({
        get x(): never {
          throw new Error('of the getter');
        },
      }))(site),
      await outcomeOfResult('cycle')(site),
    ],
    tcp: [
      { values: [], error: { is: 'TypeError', message: expect.stringContaining('circular') } },
      { values: [], error: { is: 'Error', message: 'of the getter' } },
      'still waiting',
    ],
    here: [
      {
        values: [],
        error: {
          is: 'RemoteCallError',
          code: 'INVALID_ARGUMENT',
          message: expect.stringContaining('cyclic reference'),
        },
      },
      {
        values: [],
        error: {
          is: 'RemoteCallError',
          code: 'INVALID_ARGUMENT',
          message: expect.stringContaining('of the getter'),
        },
      },
      {
        values: [],
        error: { message: expect.stringContaining('the result cannot be encoded') },
      },
    ],
  },
  {
    name: 'an async generator or another AsyncIterable as result',
    observe: async (site) => {
      await site.start();
      return endingOf(site.client.send('generator', {}));
    },
    tcp: { values: [{}] },
    here: { values: [1, 2] },
  },
  {
    name: 'an object that is changed after it was sent',
    observe: async (site) => {
      await site.ask('echo');
      const data = { n: 1 };
      const response = endingOf(site.client.send('echo', data));
      data.n = 2;
      return response;
    },
    tcp: { values: [{ n: 2 }] },
    here: { values: [{ n: 1 }] },
    changed: {
      observe: async (site) => {
        await site.ask('echo');
        const data = { n: 1 };
        const response = endingOf(site.client.send('echo', { ...data }));
        data.n = 2;
        return response;
      },
      sees: { values: [{ n: 1 }] },
    },
  },
];
