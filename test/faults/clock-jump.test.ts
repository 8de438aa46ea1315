import type { RemoteContext } from 'nestjs-remote';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { endingOf } from './endings.js';
import { COUNT, PLACES, openSite } from './site.js';

const DAY = 24 * 60 * 60 * 1000;

/** Sets the clock of this process. What measures time by it goes wrong, whichever way it goes. */
function setClock(offset: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offset });
}

afterEach(() => vi.useRealTimers());

const JUMPS = [
  ['a day forth', DAY],
  ['a day back', -DAY],
] as const;

describe.each(JUMPS)('where the clock jumps %s', (_, offset) => {
  it.each(PLACES)('calls and streams go on, those in flight too: %s', async (place) => {
    const { client } = await openSite(place);
    await expect.poll(() => client.call['echo']('up').catch(() => undefined)).toBe('up');
    const stream = endingOf(client, 'count', 'values');
    const call = client.issueCall('echo', ['in flight'], { timeout: 5000 });
    setClock(offset);
    expect(await call).toBe('in flight');
    expect(await stream).toEqual({ values: COUNT });
    expect(await client.issueCall('echo', ['after'], { timeout: 5000 })).toBe('after');
  });

  it('a call times out when its time is up, and not at what the clock says', async () => {
    const hang = (): Promise<never> => new Promise(() => undefined);
    const { address } = await listen({ requests: { hang } });
    const client = createClient({ connect: address, timeout: 300 });
    await client.connect();
    const call = client.call.hang();
    setClock(offset);
    await expect(call).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('a handler reads its deadline on the clock that it has then', async () => {
    const left = async (_data: unknown, context: RemoteContext): Promise<number> => {
      setClock(offset);
      return (context.getDeadline()?.getTime() ?? Number.NaN) - Date.now();
    };
    const { address } = await listen({ requests: { left } });
    const time = await createClient({ connect: address, timeout: 20_000 }).call.left();
    expect(time).toBeGreaterThan(0);
    expect(time).toBeLessThanOrEqual(20_000);
  });
});
