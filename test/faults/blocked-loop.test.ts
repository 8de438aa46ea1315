import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE } from '../../lib/nodes/create-node.js';
import { startChildService } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';
import { COUNT, openSite } from './site.js';
import { endingOf, expectToldError } from './endings.js';

/** Keeps this process from everything else, for so many milliseconds. */
function block(time: number): void {
  for (const end = performance.now() + time; performance.now() < end;);
}

describe('a service whose event loop is blocked', () => {
  it('costs no call where its heartbeat is longer', async () => {
    const service = await startChildService(undefined, { engine: DEFAULT_ENGINE, maxLoopDelay: 0 });
    const client = createClient({ connect: service.address, timeout: 0 });
    const blocking = client.call.block(700);
    const calls = [1, 2, 3].map((number) => client.call.echo(number));
    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
    await blocking;
  });

  it('ends calls in flight with UNAVAILABLE where it is shorter, and serves again', async () => {
    const service = await startChildService(undefined, { engine: DEFAULT_ENGINE, maxLoopDelay: 0 });
    const client = createClient({ connect: service.address, timeout: 0, heartbeat: 50 });
    await client.call.echo('up');
    const calls = [client.call.block(2000), client.call.echo(1)];
    for (const ending of await Promise.allSettled(calls)) {
      expect(ending).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
      expectToldError((ending as PromiseRejectedResult).reason);
    }
    await expect.poll(() => client.call.echo('again').catch(() => undefined)).toBe('again');
  });
});

it('a client whose own event loop is blocked loses no call and no value', async () => {
  const { client } = await openSite('client ─ server');
  await client.call['echo']('up');
  const stream = endingOf(client, 'count', 'values');
  const calls = [1, 2, 3].map((number) => client.issueCall('echo', [number], { timeout: 5000 }));
  block(600); // Six times the heartbeat of the site.
  expect(await Promise.all(calls)).toEqual([1, 2, 3]);
  expect(await stream).toEqual({ values: COUNT });
});
