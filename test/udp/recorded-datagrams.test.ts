import { randomBytes } from 'node:crypto';
import { type RemoteServerOptions, udpKey } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { DatagramRelay } from './datagram-relay.js';
import { RawDatagrams } from './raw-datagrams.js';

const FORGED = 'datagram that is not authentic';
const SEEN = 'datagram that was seen before';

const security = udpKey({ id: 'k1', key: randomBytes(32) });

/** A server that counts its calls, by their argument. */
async function startServer(options: Partial<RemoteServerOptions> = {}) {
  const calls: unknown[] = [];
  const take = (data: unknown): Promise<unknown> => {
    calls.push(data);
    return Promise.resolve(data);
  };
  const handlers = { requests: { take }, events: { note: take } };
  const service = await listen(handlers, { bind: 'udp://127.0.0.1:*', security, ...options });
  return { calls, ...service };
}

async function start() {
  const service = await startServer();
  const relay = await DatagramRelay.to(service.address);
  const client = createClient({ connect: relay.address, security, timeout: 0 });
  expect(await client.call.take(1)).toBe(1);
  return { ...service, relay, client };
}

/** Waits until a server has read what was sent to it before. */
async function settled(client: Awaited<ReturnType<typeof start>>['client']): Promise<void> {
  await client.issueCall('take', ['settled'], { timeout: 500, retries: 5 });
}

describe('a recorded datagram', () => {
  it('has no effect at the server that has taken it', async () => {
    const { calls, server, relay, client } = await start();
    const recorded = [...relay.requests];

    recorded.forEach((datagram) => relay.toServer(datagram));
    await settled(client);

    expect(calls).toEqual([1, 'settled']);
    expect(server.dropCounts.get(SEEN)).toBe(recorded.length);
  });

  it('has no effect at the client that has taken it', async () => {
    const { relay, client } = await start();
    const recorded = [...relay.responses];

    recorded.forEach((datagram) => relay.toClient(datagram));

    await expect.poll(() => client.dropCounts.get(SEEN)).toBe(recorded.length);
    expect(await client.call.take(2)).toBe(2);
  });

  it('has no effect at the client that takes its place, at the same address', async () => {
    const { relay, client, server } = await start();
    const recorded = [...relay.responses];
    await client.close();
    const successor = createClient({ connect: relay.address, security, timeout: 0 });
    expect(await successor.call.take(2)).toBe(2);

    recorded.forEach((datagram) => relay.toClient(datagram));

    await expect.poll(() => successor.dropCounts.get(FORGED)).toBe(recorded.length);
    expect(server.dropCounts.get(FORGED)).toBeUndefined();
  });

  it('has no effect after the server was restarted', async () => {
    const { server, relay, address, client } = await start();
    const recorded = [...relay.requests];
    await client.close();
    await server.close();
    const successor = await startServer({ bind: address });

    recorded.forEach((datagram) => relay.toServer(datagram));
    const other = createClient({ connect: address, security });
    expect(await other.call.take('settled')).toBe('settled');

    expect(successor.calls).toEqual(['settled']);
  });

  it('has no effect after the server was restarted, while its client goes on', async () => {
    const { server, relay, address, client } = await start();
    const recorded = [...relay.requests];
    await server.close();
    const successor = await startServer({ bind: address });

    recorded.forEach((datagram) => relay.toServer(datagram));
    await settled(client);
    recorded.forEach((datagram) => relay.toServer(datagram));
    await settled(client);

    expect(new Set(successor.calls)).toEqual(new Set(['settled']));
  });

  it('has no effect at another server with the same key', async () => {
    const { relay, client } = await start();
    const other = await startServer();
    await client.notify.note('for one server');
    const recorded = [...relay.requests];

    relay.redirect(other.address);
    recorded.forEach((datagram) => relay.toServer(datagram));
    await settled(client); // Which makes the session known at the other one too.
    recorded.forEach((datagram) => relay.toServer(datagram));
    await settled(client);

    expect(new Set(other.calls)).toEqual(new Set(['settled']));
  });

  it('has no effect at another server that knows the session too', async () => {
    const { relay, client, address, calls } = await start();
    const other = await startServer();
    relay.redirect(other.address);
    await settled(client);
    const before = relay.requests.length;

    await client.notify.note('for the other');
    await expect.poll(() => other.calls).toContain('for the other');
    relay.redirect(address);
    relay.requests.slice(before).forEach((datagram) => relay.toServer(datagram));
    await settled(client);

    expect(calls.filter((call) => call !== 'settled')).toEqual([1]);
  });

  it('has no effect where it comes first, from elsewhere', async () => {
    const { calls, relay, client, address } = await start();
    relay.passes = () => false;
    const before = relay.requests.length;
    await client.notify.note('held');
    await expect.poll(() => relay.requests.length).toBe(before + 1);
    relay.passes = () => true;
    const thief = await RawDatagrams.bind();

    await thief.send(relay.requests[before] ?? Buffer.alloc(0), address);

    // The server asks whether the session has moved there, and the thief cannot answer.
    await expect.poll(() => thief.received.length).toBe(1);
    await settled(client);
    expect(calls).toEqual([1, 'settled']);
  });

  it('gets an answer that is less than three times as long', async () => {
    const { relay, address } = await start();
    const stranger = await RawDatagrams.bind();

    for (const datagram of relay.requests) {
      await stranger.send(datagram, address);
    }

    const [shortest = 0] = relay.requests.map(({ length }) => length).toSorted((a, b) => a - b);
    await expect.poll(() => stranger.received.length).toBeLessThanOrEqual(relay.requests.length);
    for (const { datagram } of stranger.received) {
      expect(datagram.length).toBeLessThan(3 * shortest);
    }
  });
});

describe('a datagram that is sent back', () => {
  it('to its client is not authentic', async () => {
    const { relay, client } = await start();
    const recorded = [...relay.requests];

    recorded.forEach((datagram) => relay.toClient(datagram));

    await expect.poll(() => client.dropCounts.get(FORGED)).toBe(recorded.length);
  });

  it('to its server is not authentic', async () => {
    const { relay, client, server, calls } = await start();
    const recorded = [...relay.responses];

    recorded.forEach((datagram) => relay.toServer(datagram));
    await settled(client);

    expect(server.dropCounts.get(FORGED)).toBe(recorded.length);
    expect(calls).toEqual([1, 'settled']);
  });
});

describe('a datagram that was altered', () => {
  it('in any byte has no effect, and gets no answer', async () => {
    const { relay, client, server, calls } = await start();
    relay.passes = () => false;
    const before = relay.requests.length;
    await client.notify.note('held');
    await expect.poll(() => relay.requests.length).toBe(before + 1);
    const held = relay.requests[before] ?? Buffer.alloc(0);
    const answers = relay.responses.length;

    for (let place = 0; place < held.length; place++) {
      const altered = Buffer.from(held);
      altered[place] = (altered[place] ?? 0) ^ 1;
      relay.toServer(altered);
    }
    const dropped = (): number =>
      [...server.dropCounts.values()].reduce((sum, count) => sum + count, 0);
    await expect.poll(dropped).toBe(held.length);

    expect(calls).toEqual([1]);
    expect(relay.responses).toHaveLength(answers);
    relay.toServer(held);
    await expect.poll(() => calls).toEqual([1, 'held']);
  });
});

describe('datagrams that come late', () => {
  it('are taken out of order, each once', async () => {
    const { relay, client, calls } = await start();
    relay.passes = () => false;
    const before = relay.requests.length;
    for (const number of [2, 3, 4]) {
      await client.notify.note(number);
    }
    await expect.poll(() => relay.requests.length).toBe(before + 3);

    const held = relay.requests.slice(before).toReversed();
    [...held, ...held].forEach((datagram) => relay.toServer(datagram));

    await expect.poll(() => calls).toEqual([1, 4, 3, 2]);
  });
});
