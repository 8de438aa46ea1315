import { describe, expect, it } from 'vitest';
import type { Dealer } from 'zeromq';
import { type RunningRouter, join, next, startRouter } from './peers.js';

const KILOBYTE = Buffer.alloc(1024, 1);
const OURS = 'nestjs-remote:test';

/** Small buffers everywhere, so that a peer that reads nothing is full soon. */
const SMALL = { sendHighWaterMark: 1, sendBufferSize: 4096, receiveBufferSize: 4096 };

describe('A peer that reads nothing', () => {
  it('does not hold up the others', async () => {
    const running = await startRouter({ socketOptions: SMALL, limits: { maxMessages: 100 } });
    const client = await join(running, running.frontend, 'cli');
    await deafPeer(running, 'deaf');
    const service = await join(running, running.backend, 'svc');
    await fill(running, client, 'deaf');

    await client.send(['svc', 'question']);
    expect(await next(service)).toEqual(['cli', 'question']);
    await service.send(['cli', 'answer']);
    expect(await next(client)).toEqual(['svc', 'answer']);
  });

  it('gets what waited for it, in order, when it reads again', async () => {
    const running = await startRouter({ socketOptions: SMALL });
    const client = await join(running, running.frontend, 'cli');
    const slow = await deafPeer(running, 'slow');
    const sent = Array.from({ length: 2000 }, (_, index) => `${index} ${'x'.repeat(1000)}`);
    for (const payload of sent) {
      await client.send(['slow', payload]);
    }
    // Everything has been taken from the client once this comes back.
    await client.send(['cli', 'loopback']);
    await expect.poll(() => running.router.counts.dropped.size).toBe(1);

    const received: (string | undefined)[] = [];
    while (received.length < sent.length) {
      received.push((await next(slow))[1]);
    }

    expect(received).toEqual(sent);
    expect(running.router.counts).toMatchObject({ forwarded: { frontend: 2000 } });
  });

  it('is sent no more than the limits let wait, and the rest is dropped and counted', async () => {
    const running = await startRouter({ socketOptions: SMALL, limits: { maxBytes: 65_536 } });
    const client = await join(running, running.frontend, 'cli');
    await deafPeer(running, 'deaf');

    const sent = await fill(running, client, 'deaf');
    await client.send(['cli', 'loopback']);
    await expect.poll(() => running.router.counts.dropped.size).toBe(2);

    expect(waiting(running, sent)).toBeLessThanOrEqual(64);
    expect(running.logs).toContain(
      'Router dropped 1: recipient takes nothing. cli to deaf (more within 10 s are only counted)',
    );
  });

  it('gives a client of this package its messages back where no more may wait', async () => {
    const running = await startRouter({ socketOptions: SMALL, limits: { maxMessages: 10 } });
    const client = await join(running, running.frontend, OURS);
    await deafPeer(running, 'deaf');

    await fill(running, client, 'deaf');

    expect((await client.receive()).map(String)).toEqual(['deaf', String(KILOBYTE), 'unreachable']);
  });

  it.each([
    ['messages', { maxHeldMessages: 20 }],
    ['bytes', { maxHeldBytes: 20 * 1024 }],
  ])('shares with all others like it a limit of %s', async (_, limits) => {
    const running = await startRouter({ socketOptions: SMALL, limits });
    const client = await join(running, running.frontend, 'cli');
    let sent = 0;
    for (const name of ['deaf1', 'deaf2', 'deaf3']) {
      await deafPeer(running, name);
      sent += await fill(running, client, name);
    }
    const service = await join(running, running.backend, 'svc');

    await client.send(['svc', 'question']);

    expect(await next(service)).toEqual(['cli', 'question']);
    // The question, which is forwarded too, was not one of them.
    await expect.poll(() => waiting(running, sent + 1)).toBeLessThanOrEqual(20);
  });
});

/** A peer at the backend that never reads, behind buffers as small as they can be. */
function deafPeer(running: RunningRouter, identity: string): Promise<Dealer> {
  return join(running, running.backend, identity, 1);
}

/** Sends to a peer until some of it is dropped, and returns how many messages it took. */
async function fill({ router }: RunningRouter, client: Dealer, address: string): Promise<number> {
  const drops = (): number =>
    router.counts.bounced + (router.counts.dropped.get('recipient takes nothing') ?? 0);
  const before = drops();
  let sent = 0;
  while (drops() === before) {
    for (let burst = 0; burst < 100; burst++, sent++) {
      await client.send([address, KILOBYTE]);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

/** How many of so many messages of the frontend are neither forwarded nor dropped. */
function waiting({ router }: RunningRouter, sent: number): number {
  const { forwarded, dropped } = router.counts;
  return sent - forwarded.frontend - (dropped.get('recipient takes nothing') ?? 0);
}
