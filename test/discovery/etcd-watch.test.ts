import { expect, it } from 'vitest';
import type { EtcdClient } from '../../lib/discovery/etcd/etcd-client.js';
import { EtcdWatch } from '../../lib/discovery/etcd/etcd-watch.js';

it('a watch of etcd that is closed by what it has found follows no changes', async () => {
  let streams = 0;
  const client = {
    range: () => Promise.resolve({ entries: [], revision: 1n }),
    watch: () => {
      streams++;
      return (async function* () {})();
    },
  } as unknown as EtcdClient;
  let hasFound = false;
  const watch = new EtcdWatch(client, '/a/', 0, {
    found: () => {
      watch.close();
      hasFound = true;
    },
    changed: () => undefined,
    failed: () => undefined,
  });
  await expect.poll(() => hasFound).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(streams).toBe(0);
});
