import type { RemoteServerOptions } from 'nestjs-remote';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import type { Received } from './inbox.js';
import { RawClient } from './raw-client.js';
import { Key, Type, header, sequence } from './wire.js';

/** A service with one slot and room for four calls, whose handlers the test ends. */
async function start(options: Partial<RemoteServerOptions> = {}) {
  const running: (() => void)[] = [];
  const stream = new Subject<number>();
  const { address } = await listen(
    {
      requests: {
        hold: () => new Promise((resolve) => running.push(() => resolve('held'))),
        work: async () => 'worked',
        stream: async () => stream,
      },
    },
    { bind: 'tcp://127.0.0.1:*', concurrency: 1, queue: { maxCalls: 4 }, ...options },
  );
  const peer = new RawClient(address);
  /** Has a call run, with these behind it. */
  const hold = async (...waiting: number[]): Promise<void> => {
    await peer.request(1, 'hold');
    await expect.poll(() => running.length).toBe(1);
    for (const id of waiting) {
      await peer.request(id, 'work');
    }
    await reached(peer);
  };
  const release = (): void => running.splice(0).forEach((end) => end());
  return { peer, address, hold, release, stream };
}

/** Waits until a server has read what a client has sent it. */
async function reached(peer: RawClient): Promise<Received> {
  await peer.send(sequence([Type.PING, 1], header()));
  return peer.inbox.next(Type.PONG);
}

const creditIn = (received: Received | undefined): unknown => received?.header?.get(Key.CREDIT);

const answerTo = async (peer: RawClient, id: number): Promise<Received | undefined> =>
  (await peer.inbox.untilAnswered(id)).at(-1);

describe('a server', () => {
  it('tells of no credit while no call waits', async () => {
    const { peer, hold, release } = await start();
    await hold();
    release();
    expect((await answerTo(peer, 1))?.header).toEqual(header());
    expect((await peer.call('work')).header).toEqual(header());
  });

  it('tells how many requests it has room for when calls wait, those in flight included', async () => {
    const { peer, hold, release } = await start();
    await hold(2, 3);
    release();
    expect(creditIn(await answerTo(peer, 1))).toBe(5);
  });

  it('goes on telling a client that has been told', async () => {
    const { peer, hold, release } = await start();
    await hold(2);
    release();
    await answerTo(peer, 2);
    expect(creditIn(await peer.call('work'))).toBe(5);
    const other = new RawClient((await start()).address);
    expect(creditIn(await other.call('work'))).toBeUndefined();
  });

  it('shares the room among the clients whose requests it has', async () => {
    const { peer, address, hold, release } = await start();
    await hold(2);
    const other = new RawClient(address);
    await other.request(1, 'work');
    await reached(other);
    release();
    expect(creditIn(await answerTo(peer, 1))).toBe(2);
  });

  it('does not count a slot whose handler runs on after its response', async () => {
    const { peer, hold } = await start({ timeout: 50 });
    await hold();
    expect((await answerTo(peer, 1))?.header?.get(Key.CODE)).toBe('DEADLINE_EXCEEDED');
    await peer.request(2, 'work');
    expect(creditIn(await reached(peer))).toBe(4);
  });

  it('tells of credit with a refusal', async () => {
    const { peer, hold } = await start();
    await hold(2, 3, 4, 5);
    await peer.request(6, 'work');
    const refused = await answerTo(peer, 6);
    expect(refused?.header?.get(Key.REFUSED)).toBe(true);
    expect(creditIn(refused)).toBe(5);
  });

  it('tells of credit with a PONG', async () => {
    const { peer, hold } = await start();
    await hold(2);
    expect(creditIn(await reached(peer))).toBe(5);
  });

  it('tells of credit with a value, and asks with credit whether its receiver is there', async () => {
    const { peer, stream } = await start({ heartbeat: 50 });
    await peer.request(1, 'stream');
    await expect.poll(() => stream.observed).toBe(true);
    await peer.request(2, 'work');
    await reached(peer);
    stream.next(1);
    expect(creditIn(await peer.inbox.next(Type.ITEM))).toBe(5);
    expect(creditIn(await peer.inbox.next(Type.PING))).toBe(5);
  });

  it('tells a base client nothing', async () => {
    const { peer, hold, release } = await start();
    await hold(2);
    await peer.request(3, 'work', [], null);
    await reached(peer);
    release();
    expect((await answerTo(peer, 3))?.header?.has(Key.CREDIT)).toBe(false);
  });
});
