import { describe, expect, it, onTestFinished } from 'vitest';
import { resolveClientOptions } from '../../lib/client/client-options.js';
import { LinkPool } from '../../lib/client/links/link-pool.js';
import { listen } from '../robustness/plain-service.js';
import { ChangingServers, PoolLog } from './changing-servers.js';

async function addressOfServer(): Promise<string> {
  return (await listen({})).address;
}

/** An open pool whose addresses the test changes, once its first link is up. */
async function openPool(
  address: string,
): Promise<{ pool: LinkPool; servers: ChangingServers; log: PoolLog }> {
  const servers = new ChangingServers([{ address }]);
  const log = new PoolLog();
  const pool = new LinkPool(resolveClientOptions({ connect: address }), log, servers);
  pool.open();
  onTestFinished(() => pool.close());
  await expect.poll(() => log.lines).toEqual([`up ${address}`]);
  return { pool, servers, log };
}

describe('LinkPool', () => {
  it('opens a link to an address that is new, and keeps the others', async () => {
    const [first, second] = await Promise.all([addressOfServer(), addressOfServer()]);
    const { servers, pool, log } = await openPool(first);
    servers.change(second, first);
    await expect
      .poll(() => log.lines)
      .toEqual([`up ${first}`, `the servers have changed; joined: ${second}`, `up ${second}`]);
    expect(pool.sockets).toHaveLength(2);
  });

  it('closes the link to an address that is gone', async () => {
    const [first, second] = await Promise.all([addressOfServer(), addressOfServer()]);
    const { servers, pool, log } = await openPool(first);
    servers.change(second);
    await expect
      .poll(() => log.lines)
      .toEqual([
        `up ${first}`,
        `the servers have changed; joined: ${second}; left: ${first}`,
        `down ${first}`,
        `up ${second}`,
      ]);
    expect(pool.sockets).toHaveLength(1);
  });

  it('reports an address that cannot be, and keeps its links', async () => {
    const first = await addressOfServer();
    const { servers, pool, log } = await openPool(first);
    servers.change(first, 'nonsense');
    await expect.poll(() => log.lines.at(-1)).toMatch(/^failed: cannot open: .*nonsense/u);
    expect(pool.isUp).toBe(true);
  });

  it('shows what is told of a server, and what is told anew', async () => {
    const address = await addressOfServer();
    const { servers, pool, log } = await openPool(address);
    servers.change({ address, zone: 'a', weight: 2, instance: 'x', version: '1.0' });
    expect(pool.snapshots).toMatchObject([
      { address, zone: 'a', weight: 2, instance: 'x', version: '1.0' },
    ]);
    servers.change({ address, zone: 'b' });
    expect(pool.snapshots).toMatchObject([{ address, zone: 'b' }]);
    expect(log.lines).toEqual([`up ${address}`]);
  });

  it('watches addresses only while it is open', async () => {
    const { servers, pool } = await openPool(await addressOfServer());
    expect(servers.watches).toBe(1);
    pool.close();
    expect(servers.watches).toBe(0);
  });

  it('refuses a wrong address when it is made', () => {
    const options = { ...resolveClientOptions({ connect: 'tcp://a:1' }), connect: ['nonsense'] };
    expect(() => new LinkPool(options, new PoolLog())).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
