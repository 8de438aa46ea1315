import type { Dealer } from 'zeromq';
import { describe, expect, it } from 'vitest';
import { type RunningRouter, join, next, startRouter } from './peers.js';

const CLIENT = 'nestjs-remote:test';
const GOODBYE = Buffer.from('8105a0', 'hex');

/** A router with one client and one service. */
async function startBoth(): Promise<{ running: RunningRouter; client: Dealer; service: Dealer }> {
  const running = await startRouter();
  const client = await join(running, running.frontend, CLIENT);
  const service = await join(running, running.backend, 'svc');
  return { running, client, service };
}

/** Has a service say GOODBYE, and the router answer. */
async function sayGoodbye(service: Dealer): Promise<void> {
  await service.send(['-', GOODBYE]);
  expect(await service.receive()).toEqual([Buffer.from('-'), GOODBYE]);
}

describe('A service that says GOODBYE to its router', () => {
  it('gets one in return, behind all that was passed on', async () => {
    const { running, client, service } = await startBoth();
    await client.send(['svc', 'one']);
    await client.send(['svc', 'two']);
    await expect.poll(() => running.router.counts.forwarded.frontend).toBe(2);

    await service.send(['-', GOODBYE]);

    expect(await next(service)).toEqual([CLIENT, 'one']);
    expect(await next(service)).toEqual([CLIENT, 'two']);
    expect(await service.receive()).toEqual([Buffer.from('-'), GOODBYE]);
  });

  it('gets nothing more: what is sent to it goes back', async () => {
    const { running, client, service } = await startBoth();
    await sayGoodbye(service);

    await client.send(['svc', 'late']);

    expect(await next(client)).toEqual(['svc', 'late', 'unreachable']);
    expect(running.router.counts).toMatchObject({ forwarded: { frontend: 0 }, bounced: 1 });
  });

  it('still has its responses passed on', async () => {
    const { client, service } = await startBoth();
    await sayGoodbye(service);
    await service.send([CLIENT, 'response']);
    expect(await next(client)).toEqual(['svc', 'response']);
  });

  it('gets messages again once it greets', async () => {
    const { client, service } = await startBoth();
    await sayGoodbye(service);
    await service.send('');
    await service.send([CLIENT, 'greeted']);
    await next(client);

    await client.send(['svc', 'again']);

    expect(await next(service)).toEqual([CLIENT, 'again']);
  });

  it('gets messages again by a new connection', async () => {
    const { running, client, service } = await startBoth();
    await sayGoodbye(service);
    const successor = await join(running, running.backend, 'svc');

    await client.send(['svc', 'again']);

    expect(await next(successor)).toEqual([CLIENT, 'again']);
  });
});
