import { expect, test } from 'vitest';
import { Replica, connectTo } from './replicas.js';

test('a server that is slow gets no more calls than it ends', async () => {
  const slow = await Replica.start(undefined, { delay: 200 });
  const replicas = [slow, await Replica.start(), await Replica.start()];
  const client = await connectTo(replicas);
  const pids: unknown[] = [];
  let left = 600;
  const callOn = async (): Promise<void> => {
    while (left-- > 0) {
      pids.push(await client.call.work(left));
    }
  };
  await Promise.all(Array.from({ length: 16 }, callOn));
  expect(pids).toHaveLength(600);
  expect(pids.filter((pid) => pid === slow.pid).length).toBeLessThan(600 / 5);
  const [slowLink, ...others] = client.links;
  for (const { latency } of others) {
    expect(latency).toBeLessThan(slowLink?.latency as number);
  }
});
