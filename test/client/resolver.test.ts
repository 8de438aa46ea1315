import { describe, expect, it, onTestFinished } from 'vitest';
import { resolveClientOptions } from '../../lib/client/client-options.js';
import { LinkPool, type LinkPoolOwner } from '../../lib/client/links/link-pool.js';
import { type Resolver, StaticResolver } from '../../lib/nodes/names/resolver.js';
import { listen } from '../robustness/plain-service.js';

/** Addresses that the test changes. */
class ChangingAddresses implements Resolver {
  private readonly watchers = new Set<(addresses: readonly string[]) => void>();

  constructor(private addresses: readonly string[]) {}

  get watches(): number {
    return this.watchers.size;
  }

  watch(changed: (addresses: readonly string[]) => void): () => void {
    changed(this.addresses);
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  change(...addresses: string[]): void {
    this.addresses = addresses;
    this.watchers.forEach((changed) => changed(addresses));
  }
}

/** Notes the links that rise and fall, by their addresses. */
class PoolLog implements LinkPoolOwner {
  readonly lines: string[] = [];
  readonly failed = (error: Error): void => void this.lines.push(`failed: ${error.message}`);
  readonly cannotOpen = (error: Error): void =>
    void this.lines.push(`cannot open: ${error.message}`);
  readonly refused = (error: Error): void => void this.lines.push(`refused: ${error.message}`);
  readonly dropped = (): void => undefined;
  readonly retired = (): void => undefined;
  readonly unreachable = (): void => undefined;
  readonly message = (): number => 1;

  up({ name }: { name: string }): void {
    this.lines.push(`up ${name}`);
  }

  down({ name }: { name: string }): void {
    this.lines.push(`down ${name}`);
  }
}

async function addressOfServer(): Promise<string> {
  return (await listen({})).address;
}

/** An open pool whose addresses the test changes, once its first link is up. */
async function openPool(
  address: string,
): Promise<{ pool: LinkPool; addresses: ChangingAddresses; log: PoolLog }> {
  const addresses = new ChangingAddresses([address]);
  const log = new PoolLog();
  const pool = new LinkPool(resolveClientOptions({ connect: address }), log, addresses);
  pool.open();
  onTestFinished(() => pool.close());
  await expect.poll(() => log.lines).toEqual([`up ${address}`]);
  return { pool, addresses, log };
}

describe('StaticResolver', () => {
  it('gives its addresses before watch returns', () => {
    const given: (readonly string[])[] = [];
    new StaticResolver(['tcp://a:1', 'tcp://b:2']).watch((addresses) => given.push(addresses));
    expect(given).toEqual([['tcp://a:1', 'tcp://b:2']]);
  });
});

describe('LinkPool', () => {
  it('opens a link to an address that is new, and keeps the others', async () => {
    const [first, second] = await Promise.all([addressOfServer(), addressOfServer()]);
    const { addresses, pool, log } = await openPool(first);
    addresses.change(second, first);
    await expect.poll(() => log.lines).toEqual([`up ${first}`, `up ${second}`]);
    expect(pool.sockets).toHaveLength(2);
  });

  it('closes the link to an address that is gone', async () => {
    const [first, second] = await Promise.all([addressOfServer(), addressOfServer()]);
    const { addresses, pool, log } = await openPool(first);
    addresses.change(second);
    await expect.poll(() => log.lines).toEqual([`up ${first}`, `down ${first}`, `up ${second}`]);
    expect(pool.sockets).toHaveLength(1);
  });

  it('reports an address that cannot be, and keeps its links', async () => {
    const first = await addressOfServer();
    const { addresses, pool, log } = await openPool(first);
    addresses.change(first, 'nonsense');
    await expect.poll(() => log.lines.at(-1)).toMatch(/^failed: cannot open: .*nonsense/u);
    expect(pool.isUp).toBe(true);
  });

  it('watches addresses only while it is open', async () => {
    const { addresses, pool } = await openPool(await addressOfServer());
    expect(addresses.watches).toBe(1);
    pool.close();
    expect(addresses.watches).toBe(0);
  });

  it('refuses a wrong address when it is made', () => {
    const options = resolveClientOptions({ connect: 'nonsense' });
    expect(() => new LinkPool(options, new PoolLog())).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
