import type { RemoteClient } from 'nestjs-remote';
import { describe, expect, test } from 'vitest';
import { Replica, connectTo, hasState } from './replicas.js';

/** Makes calls one after the other until the link to a replica has a state. @returns all calls */
async function callUntil(
  state: 'ejected' | 'ready',
  client: RemoteClient,
  { address }: Replica,
): Promise<Promise<unknown>[]> {
  const calls: Promise<unknown>[] = [];
  await expect
    .poll(() => {
      calls.push(client.call.work(calls.length));
      return client.links.find((link) => link.address === address)?.state;
    })
    .toBe(state);
  return calls;
}

function callMany(client: RemoteClient): Promise<unknown[]> {
  return Promise.all(Array.from({ length: 100 }, (_, name) => client.call.work(name)));
}

describe('when one of three servers is frozen', () => {
  test('calls go to the others, and no call fails once it is thawed, when it gets calls again', async () => {
    const replicas = await Replica.startThree();
    const [frozen] = replicas as [Replica];
    const client = await connectTo(replicas, { timeout: 0 });
    frozen.freeze();
    const calls = await callUntil('ejected', client, frozen);
    const pids = await callMany(client);
    expect(pids).not.toContain(frozen.pid);
    frozen.thaw();
    await Promise.all(calls);
    await Promise.all(await callUntil('ready', client, frozen));
    expect(await callMany(client)).toContain(frozen.pid);
  });

  test('its calls that are idempotent are repeated at the others meanwhile', async () => {
    const replicas = await Replica.startThree();
    const [frozen] = replicas as [Replica];
    const client = await connectTo(replicas, { timeout: 0, idempotent: true });
    frozen.freeze();
    const calls = [...(await callUntil('ejected', client, frozen)), callMany(client)];
    const pids = (await Promise.all(calls)).flat();
    expect(pids).not.toContain(frozen.pid);
    // What it still responds after it is thawed is taken for no other call.
    frozen.thaw();
    await Promise.all(await callUntil('ready', client, frozen));
    expect(await callMany(client)).toContain(frozen.pid);
    expect(client.dropCounts.get('response to no call')).toBeUndefined();
  });

  test('no call is spent on trying it while it is silent', async () => {
    const replicas = await Replica.startThree();
    const [frozen] = replicas as [Replica];
    const client = await connectTo(replicas, { timeout: 0, idempotent: true });
    frozen.freeze();
    await Promise.all(await callUntil('ejected', client, frozen));
    const deadline = performance.now() + 3000; // Longer than any first ejection.
    while (performance.now() < deadline) {
      expect(await client.call.work(1)).not.toBe(frozen.pid);
    }
    await hasState(client, frozen, 'ejected');
  });
});

test('when two of three servers are frozen, one call finds both', async () => {
  const replicas = await Replica.startThree();
  const [one, other, third] = replicas as [Replica, Replica, Replica];
  const client = await connectTo(replicas, { timeout: 0 });
  one.freeze();
  other.freeze();
  const isAtThird = (): boolean =>
    client.links.some(({ address, inFlight }) => address === third.address && inFlight > 0);
  let call = client.call.work(0);
  while (isAtThird()) {
    await call;
    call = client.call.work(0);
  }
  await hasState(client, one, 'ejected');
  await hasState(client, other, 'ejected');
  one.thaw();
  other.thaw();
  expect(await call).not.toBe(third.pid);
});

test('calls go elsewhere while the event loop of a server is blocked', async () => {
  const replicas = await Replica.startThree();
  const [blocked] = replicas as [Replica];
  const client = await connectTo(replicas, { timeout: 0, idempotent: true });
  let isBlocked = true;
  const block = blocked.client().issueCall('block', [10_000], { timeout: 0 });
  block.then(
    () => (isBlocked = false),
    () => undefined,
  );
  const calls = await callUntil('ejected', client, blocked);
  expect(await callMany(client)).not.toContain(blocked.pid);
  await Promise.all(calls); // Those that it got before it was ejected are repeated.
  expect(isBlocked).toBe(true);
});

test('a server whose handlers are slow is not ejected while its event loop turns', async () => {
  const replicas = await Replica.startThree();
  const isOneEjected = async (): Promise<boolean> => {
    const client = await connectTo(replicas, { timeout: 0 });
    const hold = Promise.all(replicas.map(() => client.call.hold()));
    const deadline = performance.now() + 1000; // Several times the patience with a silent server.
    while (performance.now() < deadline) {
      await client.call.work(1);
    }
    const isEjected = client.links.some(({ state }) => state === 'ejected');
    await Promise.all(replicas.map((replica) => replica.client().call.release()));
    expect(await hold).toHaveLength(3);
    await client.close();
    return isEjected;
  };
  // A machine that is busy may stop the process of a server for longer than the patience, too.
  await expect.poll(isOneEjected, { timeout: 25_000 }).toBe(false);
});
