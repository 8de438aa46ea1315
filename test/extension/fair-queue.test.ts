import type { RemoteServerOptions } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import { RawClient } from './raw-client.js';
import { Key, Type, header, sequence } from './wire.js';

/** A service with one slot, which a call of the first of two clients has, and more calls of it behind. */
async function start(waiting: readonly number[], queue: RemoteServerOptions['queue'] = {}) {
  const begun: unknown[] = [];
  let release = (): void => undefined;
  const { address } = await listen(
    {
      requests: {
        hold: () => new Promise((resolve) => (release = () => resolve('held'))),
        work: async (name) => void begun.push(name),
      },
    },
    { bind: 'tcp://127.0.0.1:*', concurrency: 1, queue },
  );
  const [greedy, polite] = [new RawClient(address), new RawClient(address)];
  await greedy.request(1, 'hold');
  for (const id of waiting) {
    await greedy.request(id, 'work', [`greedy ${id}`]);
  }
  await reached(greedy);
  return { greedy, polite, begun, release: () => release() };
}

/** Waits until the server has read what a client has sent it. */
async function reached(client: RawClient): Promise<void> {
  await client.send(sequence([Type.PING, 1], header()));
  await client.inbox.next(Type.PONG);
}

describe('clients that wait for slots', () => {
  it('take turns, whoever has more calls there', async () => {
    const { greedy, polite, begun, release } = await start([2, 3, 4]);
    await polite.request(1, 'work', ['polite 1']);
    await polite.request(2, 'work', ['polite 2']);
    await reached(polite);
    release();
    await greedy.inbox.untilAnswered(4);
    expect(begun).toEqual(['greedy 2', 'polite 1', 'greedy 3', 'polite 2', 'greedy 4']);
  });

  it('make room for one with less than its share where the queue is full', async () => {
    const { greedy, polite, begun, release } = await start([2, 3, 4, 5], { maxCalls: 4 });
    await polite.request(1, 'work', ['polite 1']);
    const [refused] = await greedy.inbox.untilAnswered(2);
    expect(refused?.header?.get(Key.REFUSED)).toBe(true);
    release();
    await greedy.inbox.untilAnswered(5);
    expect(begun).toEqual(['greedy 3', 'polite 1', 'greedy 4', 'greedy 5']);
  });

  it('are refused what they send beyond their share while the queue is full', async () => {
    const { greedy, begun, release } = await start([2, 3, 4, 5], { maxCalls: 4 });
    await greedy.request(6, 'work', ['greedy 6']);
    const [refused] = await greedy.inbox.untilAnswered(6);
    expect(refused?.header?.get(Key.REFUSED)).toBe(true);
    release();
    await greedy.inbox.untilAnswered(5);
    expect(begun).toEqual(['greedy 2', 'greedy 3', 'greedy 4', 'greedy 5']);
  });
});
