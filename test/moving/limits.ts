import { TimeoutError, firstValueFrom, take, timeout } from 'rxjs';
import { expect } from 'vitest';
import { currentGate, seenByHandlers } from './moved.controller.js';
import type { Row } from './row.js';
import { type Ending, type Site, endingOf, waitsLongerThan } from './site.js';

const remoteError = (code: string): Ending => ({
  values: [],
  error: { is: 'RemoteCallError', code, message: expect.any(String) },
});

/** A call whose handler ends when the test says so: what it came to before, and after. */
async function slowCall(site: Site): Promise<unknown> {
  await site.start();
  const ended = endingOf(site.client.send('gate', {}));
  await expect.poll(seenByHandlers).toContain('gate reached');
  const later = site.transport === 'TCP' ? site.ask('echo') : ended;
  const before = await waitsLongerThan(ended, later);
  currentGate().open('late');
  return [before, await ended];
}

function nested(levels: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < levels; level++) {
    value = [value];
  }
  return value;
}

const sent =
  (value: unknown) =>
  async (site: Site): Promise<Ending> => {
    await site.start();
    const { values, error } = await endingOf(site.client.send('echo', value));
    return error === undefined ? { values: [values.length] } : { values, error };
  };

/** Three calls before the client has connected. */
async function threeAtOnce(site: Site): Promise<Ending[]> {
  await site.start();
  const { client } = site;
  return Promise.all([1, 2, 3].map((n) => endingOf(client.send('echo', n))));
}

const RECEIVED: Ending = { values: [1] };
const DEEP = nested(200);
const LONG = 'x'.repeat(2000);
const MANY = Array.from({ length: 2000 }, () => 0);
const SMALL_PAYLOAD = { codec: { maxPayload: 1000 } };
const LARGE_PAYLOAD = { codec: { maxPayload: 10_000 } };

export const limits: Row[] = [
  {
    name: 'a call without an answer',
    options: { client: { timeout: 50 } },
    observe: slowCall,
    tcp: ['still waiting', { values: ['late'] }],
    here: ['settled', remoteError('DEADLINE_EXCEEDED')],
    changed: {
      options: { client: { timeout: 0 }, server: { timeout: 0 } },
      observe: async (site) => {
        await site.start();
        const ended = endingOf(site.client.send('gate', {}));
        await expect.poll(seenByHandlers).toContain('gate reached');
        currentGate().open('late');
        return ended;
      },
      sees: { values: ['late'] },
    },
  },
  {
    name: 'a caller that unsubscribes, or gives up by `timeout()` of rxjs',
    observe: async (site) => {
      await site.start();
      await firstValueFrom(site.client.send('ticks', {}).pipe(take(2)));
      const error: unknown = await firstValueFrom(
        site.client.send('gate', {}).pipe(timeout(20)),
      ).catch((reason: unknown) => reason);
      // Both transports deliver in order: by then the cancellation has arrived, if there is one.
      await site.ask('echo');
      return [seenByHandlers().includes('unsubscribed'), error instanceof TimeoutError];
    },
    tcp: [false, true],
    here: [true, true],
  },
  {
    name: 'arrays and objects inside one another',
    observe: sent(DEEP),
    tcp: RECEIVED,
    here: remoteError('INVALID_ARGUMENT'),
    changed: {
      options: { client: { codec: { maxDepth: 1000 } }, server: { codec: { maxDepth: 1000 } } },
      observe: sent(DEEP),
      sees: RECEIVED,
    },
  },
  {
    name: 'a message of more than `maxBufferSize`',
    options: { tcp: { maxBufferSize: 1000 }, server: SMALL_PAYLOAD, client: SMALL_PAYLOAD },
    observe: sent(LONG),
    tcp: { values: [], error: { is: 'Error', message: 'Connection closed' } },
    here: remoteError('INVALID_ARGUMENT'),
    changed: {
      options: { tcp: { maxBufferSize: 10_000 }, server: LARGE_PAYLOAD, client: LARGE_PAYLOAD },
      observe: sent(LONG),
      sees: RECEIVED,
    },
  },
  {
    name: 'elements of one message',
    options: { server: { codec: { maxElements: 1000 } } },
    observe: sent(MANY),
    tcp: RECEIVED,
    here: { values: [], error: { message: expect.stringContaining('codec.maxElements') } },
    changed: {
      options: { server: { codec: { maxElements: 10_000 } } },
      observe: sent(MANY),
      sees: RECEIVED,
    },
  },
  {
    name: 'calls that wait to be sent',
    options: { client: { limits: { maxMessages: 2 } } },
    observe: threeAtOnce,
    tcp: [{ values: [1] }, { values: [2] }, { values: [3] }],
    here: [{ values: [1] }, { values: [2] }, remoteError('RESOURCE_EXHAUSTED')],
    changed: {
      options: { client: { limits: { maxMessages: 3 } } },
      observe: threeAtOnce,
      sees: [{ values: [1] }, { values: [2] }, { values: [3] }],
    },
  },
];
