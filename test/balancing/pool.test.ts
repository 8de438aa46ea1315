import { describe, expect, it, onTestFinished } from 'vitest';
import { type RemoteClientOptions } from 'nestjs-remote';
import { resolveClientOptions } from '../../lib/client/client-options.js';
import { LinkPool } from '../../lib/client/links/link-pool.js';
import type { ServerRecord } from '../../lib/discovery/server-record.js';
import { ChangingServers, PoolLog } from '../client/changing-servers.js';
import { listen } from '../robustness/plain-service.js';
import { REQUEST } from './candidates.js';

type Listening = Awaited<ReturnType<typeof listen>>;

function listenAll(count: number): Promise<Listening[]> {
  return Promise.all(Array.from({ length: count }, () => listen({})));
}

/** An open pool whose servers the test changes. */
function openPool(
  records: readonly ServerRecord[],
  options: RemoteClientOptions = {},
): { pool: LinkPool; servers: ChangingServers; log: PoolLog } {
  const servers = new ChangingServers(records);
  const resolved = resolveClientOptions({ connect: records[0]?.address ?? '', ...options });
  const log = new PoolLog();
  const pool = new LinkPool(resolved, log, servers);
  pool.open();
  onTestFinished(() => pool.close());
  return { pool, servers, log };
}

function readyNames(pool: LinkPool): string[] {
  return pool.active.filter(({ isReady }) => isReady).map(({ name }) => name);
}

async function ready(pool: LinkPool, count: number): Promise<string[]> {
  await expect.poll(() => readyNames(pool).length).toBe(count);
  return readyNames(pool);
}

/** Which servers get so many calls that end at once. */
function pick(pool: LinkPool, times: number): (string | undefined)[] {
  return Array.from({ length: times }, () => pool.pick(REQUEST)?.name);
}

describe('the links to servers, one of which cannot be linked to', () => {
  it('are those to the others, which come and go', async () => {
    const [one, other] = (await listenAll(2)) as [Listening, Listening];
    const { pool, servers, log } = openPool([{ address: one.address }]);
    await ready(pool, 1);
    const wrong = 'tcp://127.0.0.1:*';
    servers.change(one.address, wrong, other.address);
    expect(await ready(pool, 2)).toEqual([one.address, other.address]);
    servers.change(wrong, other.address);
    expect(readyNames(pool)).toEqual([other.address]);
    expect(log.lines).toContainEqual(
      `failed: cannot open: connect "${wrong}" names no port: give the port that the other side is bound to`,
    );
  });
});

describe('the links to a part of the servers', () => {
  it('are as many as `subset`, and fill up when one of these servers leaves', async () => {
    const records = (await listenAll(12)).map(({ address }) => ({ address }));
    const { pool, servers } = openPool(records, { subset: 4 });
    const [gone, ...kept] = await ready(pool, 4);
    expect(pool.sockets).toHaveLength(4);
    servers.change(...records.filter(({ address }) => address !== gone));
    expect(await ready(pool, 4)).toEqual(expect.arrayContaining(kept));
    await expect.poll(() => pool.sockets.length).toBe(4);
  });

  it('stay when others join or leave', async () => {
    const records = (await listenAll(12)).map(({ address }) => ({ address }));
    const { pool, servers } = openPool(records, { subset: 4 });
    const before = await ready(pool, 4);
    const other = records.find(({ address }) => !before.includes(address));
    servers.change(...records.filter((server) => server !== other));
    servers.change(...records);
    expect(readyNames(pool)).toEqual(before);
  });

  it('have another server in the place of one that is down, until it is back', async () => {
    const all = await listenAll(6);
    const { pool } = openPool(
      all.map(({ address }) => ({ address })),
      { subset: 2 },
    );
    const chosen = await ready(pool, 2);
    const down = all.find(({ address }) => address === chosen[0])!;
    await down.server.close();
    await expect.poll(() => pool.active.length, { timeout: 20_000 }).toBe(3);
    await ready(pool, 2);
    await listen({}, { bind: down.address });
    await expect.poll(() => readyNames(pool), { timeout: 20_000 }).toEqual(chosen);
  });

  it('are all where there are no more servers than `subset`', async () => {
    const records = (await listenAll(3)).map(({ address }) => ({ address }));
    const { pool } = openPool(records, { subset: 3 });
    expect(await ready(pool, 3)).toEqual(records.map(({ address }) => address));
  });
});

describe('zones', () => {
  it('give calls to servers of the own zone, and to linked ones of others once those are gone', async () => {
    const all = await listenAll(8);
    const records = all.map(({ address }, place) => ({
      address,
      zone: place < 4 ? 'here' : 'there',
    }));
    const { pool } = openPool(records, { zone: 'here', subset: 4 });
    await ready(pool, 4);
    const zoneOf = (name: string | undefined): string | undefined =>
      records.find(({ address }) => address === name)?.zone;
    expect(new Set(pick(pool, 20).map(zoneOf))).toEqual(new Set(['here']));
    await Promise.all(all.slice(0, 4).map(({ server }) => server.close()));
    await expect
      .poll(() =>
        pool.active.filter(({ record }) => record?.zone === 'here').some((l) => l.isReady),
      )
      .toBe(false);
    expect(new Set(pick(pool, 20).map(zoneOf))).toEqual(new Set(['there']));
  });

  it('count less than priorities', async () => {
    const [one, other] = (await listenAll(2)) as [Listening, Listening];
    const { pool } = openPool(
      [
        { address: one.address, zone: 'here', priority: 2 },
        { address: other.address, zone: 'there', priority: 1 },
      ],
      { zone: 'here' },
    );
    await ready(pool, 2);
    expect(pick(pool, 5)).toEqual(Array.from({ length: 5 }, () => other.address));
  });
});

describe('weights', () => {
  it('give servers their shares of the calls', async () => {
    const [light, heavy] = (await listenAll(2)) as [Listening, Listening];
    const { pool } = openPool([
      { address: light.address, weight: 1 },
      { address: heavy.address, weight: 9 },
    ]);
    await ready(pool, 2);
    const ofHeavy = pick(pool, 1000).filter((name) => name === heavy.address).length;
    // Five standard deviations.
    expect(Math.abs(ofHeavy - 900)).toBeLessThan(48);
  });

  it('change with the record of a server', async () => {
    const [one, other] = (await listenAll(2)) as [Listening, Listening];
    const { pool, servers } = openPool([{ address: one.address }, { address: other.address }]);
    await ready(pool, 2);
    servers.change({ address: one.address, weight: 99 }, { address: other.address });
    const ofOne = pick(pool, 1000).filter((name) => name === one.address).length;
    expect(ofOne).toBeGreaterThan(970);
  });
});

describe('a slow start', () => {
  it('gives a server that has come up a tenth of its share at first', async () => {
    const [old, young] = (await listenAll(2)) as [Listening, Listening];
    const { pool, servers } = openPool([{ address: old.address }], { slowStart: 600_000 });
    await ready(pool, 1);
    pool.active[0]!.upSince = -Infinity;
    servers.change(old.address, young.address);
    await ready(pool, 2);
    const ofYoung = pick(pool, 1100).filter((name) => name === young.address).length;
    // Five standard deviations.
    expect(Math.abs(ofYoung - 100)).toBeLessThan(50);
  });

  it('ends with its whole share', async () => {
    const records = (await listenAll(2)).map(({ address }) => ({ address }));
    const { pool } = openPool(records, { slowStart: 200 });
    await ready(pool, 2);
    await expect.poll(() => pool.active.map(({ share }) => share)).toEqual([1, 1]);
  });

  it('begins again when a server is back', async () => {
    const [one, other] = (await listenAll(2)) as [Listening, Listening];
    const { pool } = openPool([{ address: one.address }, { address: other.address }], {
      slowStart: 600_000,
    });
    await ready(pool, 2);
    pool.active.forEach((link) => (link.upSince = -Infinity));
    await other.server.close();
    await ready(pool, 1);
    await listen({}, { bind: other.address });
    await ready(pool, 2);
    expect(pool.active.map(({ share }) => share)).toEqual([1, 0.1]);
  });
});
