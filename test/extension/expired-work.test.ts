import type { RemoteServerOptions } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import { RawClient } from './raw-client.js';
import { Key, Type, header, sequence } from './wire.js';

/** Milliseconds that a caller waits for work. */
const TIMEOUT = 50;

/** Waits until so many milliseconds are over: they are the condition here. */
async function untilOver(milliseconds: number): Promise<void> {
  const startedAt = performance.now();
  await expect
    .poll(() => performance.now() - startedAt, { interval: 5 })
    .toBeGreaterThan(milliseconds);
}

const ONE_AT_ONCE: RemoteServerOptions = { bind: 'tcp://127.0.0.1:*', concurrency: 1, timeout: 0 };

/** A service with one slot, which `hold` keeps until it is released. */
async function start() {
  const ran: unknown[] = [];
  let release = (): void => undefined;
  let isHeld = false;
  const { address } = await listen(
    {
      requests: {
        hold: () => {
          isHeld = true;
          return new Promise((resolve) => (release = () => resolve('held')));
        },
        work: async (name: unknown) => (ran.push(name), name),
      },
      events: { event: async (name: unknown) => void ran.push(name) },
    },
    ONE_AT_ONCE,
  );
  const peer = new RawClient(address);
  return { peer, ran, release: () => release(), isHeld: () => isHeld };
}

describe('work that has waited for a slot until its time was up', () => {
  it('is dropped, and its caller gets DEADLINE_EXCEEDED', async () => {
    const { peer, ran, release, isHeld } = await start();
    // One payload, so that the second is read before the first has taken the slot.
    await peer.send(
      sequence(
        [Type.REQUEST, 1, 'hold', []],
        header(),
        [Type.REQUEST, 2, 'work', ['late']],
        header({ [Key.TIMEOUT]: TIMEOUT }),
        [Type.REQUEST, 3, 'work', ['patient']],
        header({ [Key.TIMEOUT]: 60_000 }),
      ),
    );
    await expect.poll(isHeld).toBe(true);
    await untilOver(TIMEOUT);
    release();

    const late = (await peer.inbox.untilAnswered(2)).at(-1);
    expect(late?.envelope[2]).toEqual([expect.any(String), expect.anything()]);
    expect(late?.header?.get(Key.CODE)).toBe('DEADLINE_EXCEEDED');
    const patient = (await peer.inbox.untilAnswered(3)).at(-1);
    expect(patient?.envelope).toEqual([Type.RESPONSE, 3, null, 'patient']);
    expect(ran).toEqual(['patient']);
  });

  it('gets one response only', async () => {
    const { peer, release, isHeld } = await start();
    await peer.send(
      sequence(
        [Type.REQUEST, 1, 'hold', []],
        header(),
        [Type.REQUEST, 2, 'work', ['late']],
        header({ [Key.TIMEOUT]: TIMEOUT }),
      ),
    );
    await expect.poll(isHeld).toBe(true);
    await untilOver(TIMEOUT);
    release();
    await peer.call('work', ['next']);
    expect(peer.inbox.answersTo(2)).toHaveLength(1);
  });

  it('is not what waited without a timeout', async () => {
    const { peer, ran, release, isHeld } = await start();
    await peer.send(
      sequence(
        [Type.REQUEST, 1, 'hold', []],
        header(),
        [Type.REQUEST, 2, 'work', ['patient']],
        header(),
        [Type.NOTIFICATION, 'event', ['event']],
      ),
    );
    await expect.poll(isHeld).toBe(true);
    await untilOver(TIMEOUT);
    release();
    await peer.inbox.untilAnswered(2);
    await expect.poll(() => ran).toEqual(['patient', 'event']);
  });
});

describe('work that takes longer than its caller waits', () => {
  it('is refused before it begins, where a slot is free but it has never taken so little', async () => {
    const { peer, release, isHeld } = await start();
    const first = peer.call('hold', []);
    await expect.poll(isHeld).toBe(true);
    await untilOver(TIMEOUT);
    release();
    await first;
    const answer = await peer.call('hold', [], header({ [Key.TIMEOUT]: TIMEOUT }));
    expect(answer.header?.get(Key.CODE)).toBe('DEADLINE_EXCEEDED');
    expect(answer.header?.get(Key.REFUSED)).toBe(true);
    expect((await peer.call('work', ['short'])).envelope[3]).toBe('short');
  });
});

describe("a caller's timeout", () => {
  it('ends a handler that takes longer, before the limit of the server', async () => {
    const { peer } = await start();
    const answer = await peer.call('hold', [], header({ [Key.TIMEOUT]: TIMEOUT }));
    expect(answer.envelope[2]).toEqual([
      'method timed out after 50 ms (option timeout of the client)',
      expect.anything(),
    ]);
    expect(answer.header?.get(Key.CODE)).toBe('DEADLINE_EXCEEDED');
  });
});
