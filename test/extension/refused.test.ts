import type { RemoteServerOptions } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import { RawClient } from './raw-client.js';
import { Key, Type, header, sequence } from './wire.js';

/** A service with one slot, which `hold` keeps until the test ends. */
async function start(options: Partial<RemoteServerOptions> = {}) {
  const ran: unknown[] = [];
  let isHeld = false;
  const { address, server } = await listen(
    {
      requests: {
        hold: () => ((isHeld = true), new Promise(() => undefined)),
        work: async (name: unknown) => (ran.push(name), name),
      },
      events: { event: async (name: unknown) => void ran.push(name) },
    },
    { bind: 'tcp://127.0.0.1:*', concurrency: 1, ...options },
  );
  const peer = new RawClient(address);
  await peer.request(1, 'hold');
  await expect.poll(() => isHeld).toBe(true);
  return { peer, server, address, ran };
}

describe('a request that has no room in the queue', () => {
  it('is refused at once, and its header says that it did not run', async () => {
    const { peer, server, ran } = await start({ queue: { maxCalls: 1 } });
    await peer.request(2, 'work', ['waits']);
    const { envelope, header: head } = await peer.call('work', ['refused']);
    expect(envelope[2]).toEqual([expect.stringContaining('queue.maxCalls'), new Map()]);
    expect(head?.get(Key.CODE)).toBe('RESOURCE_EXHAUSTED');
    expect(head?.get(Key.REFUSED)).toBe(true);
    expect(ran).toEqual([]);
    expect(server.dropCounts).toEqual(new Map([['request refused', 1]]));
  });

  it('is refused by its bytes too', async () => {
    const { peer } = await start({ queue: { maxBytes: 1000 } });
    await peer.request(2, 'work', ['x'.repeat(2000)]); // One alone may always wait.
    const { header: head } = await peer.call('work', ['refused']);
    expect(head?.get(Key.REFUSED)).toBe(true);
  });

  it('gets an error without that header where its caller is a base peer', async () => {
    const { peer } = await start({ queue: { maxCalls: 0 } });
    const { envelope, header: head } = await peer.call('work', ['refused'], null);
    expect(envelope[2]).toEqual([expect.stringMatching(/^the call was refused/), new Map()]);
    expect(head?.has(Key.REFUSED)).toBe(false);
  });

  it('leaves its place to another when its caller cancels it', async () => {
    const { peer } = await start({ queue: { maxCalls: 1 } });
    await peer.request(2, 'work', ['cancelled']);
    await peer.cancel(2);
    await peer.request(3, 'work', ['waits']);
    await peer.call('work', ['refused']);
    expect(peer.inbox.answersTo(3)).toEqual([]);
  });
});

it('an event that has no room in the queue is counted', async () => {
  const { peer, server } = await start({ queue: { maxCalls: 0 } });
  await peer.send(sequence([Type.NOTIFICATION, 'event', ['refused']], header()));
  await expect.poll(() => server.dropCounts.get('event refused')).toBe(1);
});

it('a request that meets a closing server is refused with UNAVAILABLE', async () => {
  const { peer, server } = await start({ shutdownTimeout: 100 });
  await peer.request(2, 'work', ['waits']);
  const closed = server.close();
  const [refused] = await peer.inbox.untilAnswered(2);
  expect(refused?.header?.get(Key.CODE)).toBe('UNAVAILABLE');
  expect(refused?.header?.get(Key.REFUSED)).toBe(true);
  await closed;
});
