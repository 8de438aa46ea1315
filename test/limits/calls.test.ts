import { describe, expect, it } from 'vitest';
import { peersOf } from '../robustness/inside.js';
import { echo, hang, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { RawDatagrams, codec } from '../udp/raw-datagrams.js';

const bind = 'tcp://127.0.0.1:*';

describe('a server without concurrency refuses', () => {
  it('what is above limits.maxCalls, and serves again when calls have ended', async () => {
    const ends: (() => void)[] = [];
    const wait = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
    const { address } = await listen(
      { requests: { echo, wait } },
      { bind, limits: { maxCalls: 3 } },
    );
    const client = createClient({ connect: address, timeout: 0 });
    const waiting = [1, 2, 3].map(() => client.call.wait());

    await expect(client.call.echo(1)).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      origin: 'remote',
      message: expect.stringContaining('limits.maxCalls'),
    });

    ends.forEach((end) => end());
    await Promise.all(waiting);
    expect(await client.call.echo(2)).toBe(2);
  });

  it('what is above limits.maxCallBytes, and takes one call of any size', async () => {
    const limits = { maxCallBytes: 10_000 };
    const { address } = await listen({ requests: { echo, hang } }, { bind, limits });
    const client = createClient({ connect: address, timeout: 0 });
    const large = Buffer.alloc(20_000, 1);
    expect(await client.call.echo(large)).toEqual(large);

    void client.call.hang(Buffer.alloc(6000)).catch(() => undefined);
    await expect(client.call.echo(Buffer.alloc(6000))).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('limits.maxCallBytes'),
    });
    expect(await client.call.echo('small')).toBe('small');
  });
});

it('a server drops and counts events above limits.maxCalls', async () => {
  const { server, address } = await listen({ events: { hang } }, { bind, limits: { maxCalls: 2 } });
  const client = createClient(address);
  for (let count = 0; count < 5; count++) {
    await client.notify.hang();
  }
  await expect.poll(() => server.dropCounts.get('event refused')).toBe(3);
});

it('a server remembers limits.maxPeers peers, and answers them all', async () => {
  const { server, address } = await listen(
    { requests: { echo } },
    { bind: 'udp://127.0.0.1:*', limits: { maxPeers: 2 } },
  );
  for (let id = 1; id <= 5; id++) {
    const peer = await RawDatagrams.bind();
    await peer.send(codec.encode([0, id, 'echo', ['x']]), address);
    await expect.poll(() => peer.decoded).toEqual([[1, id, null, 'x']]);
  }
  expect(peersOf(server)).toBe(2);
});

it('a server reports drops as often as reportInterval says', async () => {
  const { server, address } = await listen({}, { bind, reportInterval: 0 });
  const reports: string[] = [];
  server.on('drop', ({ reason }) => reports.push(reason));
  const client = createClient(address);
  await client.notify.nobody();
  await client.notify.nobody();
  await expect.poll(() => reports).toEqual(['event without a handler', 'event without a handler']);
});
