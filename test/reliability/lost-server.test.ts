import type { RemoteClient } from 'nestjs-remote';
import { describe, expect, test } from 'vitest';
import { Replica, connectTo, hasState } from './replicas.js';

const CALLS = 30;

/** Holds so many calls at three servers, as many at each; of idempotent ones, these at least. */
async function holdCalls(
  client: RemoteClient,
  replicas: readonly Replica[],
  idempotent: boolean,
): Promise<Promise<unknown>[]> {
  const calls = Array.from({ length: CALLS }, () =>
    client.issueCall('hold', [], { idempotent, timeout: 60_000 }).catch((error: unknown) => error),
  );
  await Promise.all(replicas.map((replica) => areHeld([replica], CALLS / 3)));
  return calls;
}

/**
 * Resolves when these hold so many calls at least. A server that gets no time to run may be taken for
 * silent, and what is idempotent then runs elsewhere, too.
 */
function areHeld(replicas: readonly Replica[], calls: number): Promise<void> {
  const watchers = replicas.map((replica) => replica.client());
  return expect
    .poll(async () => {
      const held = (await Promise.all(watchers.map((watcher) => watcher.call.held()))) as number[];
      return held.reduce((sum, count) => sum + count, 0);
    })
    .toBeGreaterThanOrEqual(calls);
}

async function release(replicas: readonly Replica[]): Promise<void> {
  await Promise.all(replicas.map((replica) => replica.client().call.release()));
}

describe('when one of three servers is killed', () => {
  test('its calls in flight end, and those of the others go on', async () => {
    const replicas = await Replica.startThree();
    const [killed, ...others] = replicas as [Replica, ...Replica[]];
    const client = await connectTo(replicas);
    const calls = await holdCalls(client, replicas, false);
    killed.kill();
    await hasState(client, killed, 'connecting');
    await release(others);
    const ends = await Promise.all(calls);
    const lost = ends.filter((end) => typeof end !== 'number');
    expect(lost).toEqual(
      lost.map(() => expect.objectContaining({ code: 'UNAVAILABLE', origin: 'local' }) as unknown),
    );
    expect(lost).toHaveLength(CALLS / 3);
    expect(client.links.map(({ failures }) => failures)).toEqual([CALLS / 3, 0, 0]);
  });

  test('its calls that are idempotent are repeated at the others', async () => {
    const replicas = await Replica.startThree();
    const [killed, ...others] = replicas as [Replica, ...Replica[]];
    const client = await connectTo(replicas);
    const calls = await holdCalls(client, replicas, true);
    killed.kill();
    await areHeld(others, CALLS);
    await release(others);
    const pids = await Promise.all(calls);
    expect(pids).toHaveLength(CALLS);
    expect(new Set(pids)).toEqual(new Set(others.map(({ pid }) => pid)));
  });

  test('its successor is trusted once it has responded to one call', async () => {
    const replicas = await Replica.startThree();
    const [killed] = replicas as [Replica];
    const client = await connectTo(replicas);
    void (await holdCalls(client, replicas, false));
    killed.kill();
    await hasState(client, killed, 'connecting');
    const successor = await Replica.start(killed.address);
    await hasState(client, successor, 'trial');
    await expect.poll(() => client.call.work(1)).toBe(successor.pid);
    await hasState(client, successor, 'ready');
  });
});

test('an idempotent call of the only server is repeated at its successor, within its timeout', async () => {
  const replica = await Replica.start();
  const client = await connectTo([replica], { idempotent: ['hold'] });
  const call = client.issueCall('hold', [], { timeout: 60_000 });
  await areHeld([replica], 1);
  replica.kill();
  const successor = await Replica.start(replica.address);
  await areHeld([successor], 1);
  await release([successor]);
  expect(await call).toBe(successor.pid);
});

test('an idempotent call for which no other server comes ends with its loss', async () => {
  const replica = await Replica.start();
  const client = await connectTo([replica], { idempotent: (method) => method === 'hold' });
  const call = client.issueCall('hold', [], { timeout: 500 });
  replica.kill();
  await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE', origin: 'local' });
});
