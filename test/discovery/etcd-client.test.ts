import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { etcdAccess } from '../../lib/discovery/etcd/etcd-access.js';
import { EtcdClient } from '../../lib/discovery/etcd/etcd-client.js';
import type { KeyEvent } from '../../lib/discovery/etcd/etcd-wire.js';
import { vacantAddress } from '../robustness/processes.js';
import { Etcd, describeEtcd } from '../support/etcd.js';

/** A signal that ends what is under way when the test has finished. */
function untilEnd(): AbortSignal {
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  return ending.signal;
}

function clientOf(endpoints: readonly string[], user?: string, password?: string): EtcdClient {
  return new EtcdClient(etcdAccess(endpoints, user, password), 3000);
}

async function vacantEndpoint(): Promise<string> {
  return (await vacantAddress()).replace('tcp:', 'http:');
}

/** An HTTP server that is no etcd. */
async function startOther(): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(404).end('nothing here'));
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describeEtcd('the client of etcd', () => {
  it('reads the keys of a prefix, in the order in which they were written', async () => {
    const etcd = await Etcd.start();
    await etcd.put('/a/2', 'first');
    await etcd.put('/a/1', 'ünïcode');
    await etcd.put('/ab', 'another');
    await etcd.put('/a/3', '');
    const { entries } = await clientOf([etcd.endpoint]).range('/a/', untilEnd());
    expect(entries).toEqual([
      { key: '/a/2', value: 'first' },
      { key: '/a/1', value: 'ünïcode' },
      { key: '/a/3', value: '' },
    ]);
  });

  it('watches the keys of a prefix, from a revision on', async () => {
    const etcd = await Etcd.start();
    const client = clientOf([etcd.endpoint]);
    const { revision } = await client.range('/a/', untilEnd());
    await etcd.put('/a/1', 'x');
    const seen: KeyEvent[] = [];
    const watch = client.watch('/a/', revision + 1n, untilEnd());
    expect((await watch.next()).value).toEqual([]);
    await etcd.put('/b', 'another');
    await etcd.delete('/a/1');
    for await (const events of watch) {
      seen.push(...events);
      if (seen.length === 2) {
        break;
      }
    }
    expect(seen).toEqual([
      { type: 'put', key: '/a/1', value: 'x' },
      { type: 'delete', key: '/a/1' },
    ]);
  });

  it('ends a watch from a revision that etcd does not remember any more', async () => {
    const etcd = await Etcd.start();
    const client = clientOf([etcd.endpoint]);
    const { revision } = await client.range('/a/', untilEnd());
    await etcd.put('/a/1', 'x');
    await etcd.put('/a/2', 'x');
    await etcd.compact();
    const watch = client.watch('/a/', revision + 1n, untilEnd());
    const seen = [await watch.next(), await watch.next()];
    expect(seen.map(({ done }) => done)).toEqual([false, true]);
  });

  it('ends a watch whose etcd is gone', async () => {
    const etcd = await Etcd.start();
    const watch = clientOf([etcd.endpoint]).watch('/a/', 1n, untilEnd());
    await watch.next();
    await etcd.kill();
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  it('knows whether there is still a lease', async () => {
    const etcd = await Etcd.start();
    const [client, signal] = [clientOf([etcd.endpoint]), untilEnd()];
    const lease = await client.grantLease(60, signal);
    expect(await client.put({ key: '/a/1', value: 'x' }, lease, signal)).toBe(true);
    expect(await client.keepLease(lease, signal)).toBe(true);
    await client.revokeLease(lease, signal);
    expect(await etcd.entries()).toEqual({});
    expect(await client.keepLease(lease, signal)).toBe(false);
    expect(await client.put({ key: '/a/1', value: 'x' }, lease, signal)).toBe(false);
    await client.revokeLease(lease, signal);
  });

  it('asks the next endpoint where one does not listen, is none, or says nothing', async () => {
    const [etcd, frozen] = [await Etcd.start(), await Etcd.start()];
    frozen.freeze();
    const endpoints = [await vacantEndpoint(), await startOther(), frozen.endpoint, etcd.endpoint];
    const client = new EtcdClient(etcdAccess(endpoints, undefined), 200);
    await etcd.put('/a/1', 'x');
    expect((await client.range('/a/', untilEnd())).entries).toHaveLength(1);
  });

  it('comes back to an endpoint when the others are gone', async () => {
    const [first, second] = [await Etcd.start(), await Etcd.start()];
    const client = clientOf([first.endpoint, second.endpoint]);
    await first.kill();
    await client.range('/a/', untilEnd());
    await Promise.all([first.restart(), second.kill()]);
    await first.put('/a/1', 'x');
    expect((await client.range('/a/', untilEnd())).entries).toHaveLength(1);
  });

  it('logs in, and again when etcd has forgotten its token', async () => {
    const etcd = await Etcd.start();
    await etcd.put('/a/1', 'x');
    await etcd.requireUsers('hush', '/a/');
    const client = clientOf([etcd.endpoint], 'bob', 'hush');
    expect((await client.range('/a/', untilEnd())).entries).toHaveLength(1);
    await etcd.kill();
    await etcd.restart();
    expect((await client.range('/a/', untilEnd())).entries).toHaveLength(1);
  });

  it('needs no login where etcd has no users', async () => {
    const etcd = await Etcd.start();
    const client = clientOf([etcd.endpoint], 'bob', 'hush');
    expect((await client.range('/a/', untilEnd())).entries).toEqual([]);
  });

  it.each([
    ['without a user', undefined, undefined, '/a/', 'UNAUTHENTICATED', 'check the user'],
    ['with a wrong password', 'bob', 'wrong', '/a/', 'UNAUTHENTICATED', 'check the user'],
    ['where the user may not', 'bob', 'hush', '/b/', 'PERMISSION_DENIED', 'etcdctl role grant'],
  ])('says what is wrong %s', async (_case, user, password, prefix, code, remedy) => {
    const etcd = await Etcd.start();
    await etcd.requireUsers('hush', '/a/');
    const error: Error = await clientOf([etcd.endpoint], user, password)
      .range(prefix, untilEnd())
      .then(
        () => expect.fail('it may'),
        (thrown: Error) => thrown,
      );
    expect(error).toMatchObject({ code, context: { endpoint: etcd.endpoint } });
    expect(error.message).toContain(remedy);
    expect(error.message).not.toContain('wrong');
  });

  it('says where nobody listens, and what to check', async () => {
    const endpoint = await vacantEndpoint();
    await expect(clientOf([endpoint]).range('/a/', untilEnd())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(`etcd at ${endpoint}: .*ECONNREFUSED.*; check that etcd runs`),
    });
  });

  it('says that what answers is no etcd', async () => {
    await expect(clientOf([await startOther()]).range('/a/', untilEnd())).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
      message: expect.stringContaining('HTTP status 404; give an endpoint of etcd 3.4 or later'),
    });
  });
});
