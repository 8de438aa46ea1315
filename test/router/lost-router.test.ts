import { describe, expect, it } from 'vitest';
import { hang, echo, listen } from '../robustness/plain-service.js';
import { ipcAddress } from '../robustness/processes.js';
import { Load } from './load.js';
import { areServed, clientOf } from './pair.js';
import { type Running, startRouterProcess, startServices } from './processes.js';

/** Two routers in processes of their own. */
interface RouterPair {
  readonly frontends: [string, string];
  readonly backends: [string, string];
  /** The first of them. */
  readonly first: Running;
  /** Starts the first one again. */
  readonly restart: () => Promise<Running>;
}

async function startRouters(): Promise<RouterPair> {
  const frontends: [string, string] = [await ipcAddress(), await ipcAddress()];
  const backends: [string, string] = [await ipcAddress(), await ipcAddress()];
  const start = (index: 0 | 1): Promise<Running> =>
    startRouterProcess(frontends[index], backends[index]);
  const [first] = await Promise.all([start(0), start(1)]);
  return { frontends, backends, first, restart: () => start(0) };
}

describe('When one of two routers is killed', () => {
  it('its calls in flight end, none after them, and it gets calls when it is back', async () => {
    const { frontends, backends, first, restart } = await startRouters();
    await listen({ requests: { echo, hang } }, { connect: backends, identity: 'svc' });
    await areServed(frontends, 'svc');
    const client = await clientOf(frontends, { address: 'svc', timeout: 0 });
    const inFlight = (): number[] => client.links.map((link) => link.inFlight);
    const errors: unknown[] = [];
    for (let count = 0; count < 20; count++) {
      client.call.hang().catch((error: unknown) => errors.push(error));
    }
    expect(inFlight()).toEqual([10, 10]);

    await first.kill();
    await expect.poll(() => client.links[0]?.state).toBe('connecting');
    await expect.poll(() => errors.length).toBe(10);
    expect(errors).toEqual(
      errors.map(
        () => expect.objectContaining({ code: 'UNAVAILABLE', origin: 'local' }) as unknown,
      ),
    );
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    expect(await Promise.all(numbers.map((number) => client.call.echo(number)))).toEqual(numbers);

    await restart();
    await expect.poll(() => client.call.echo(1).then(() => client.links[0]?.state)).toBe('ready');
    expect(inFlight()).toEqual([0, 10]);
  });

  it('no idempotent call fails, and those that follow neither', async () => {
    const { frontends, backends, first, restart } = await startRouters();
    await Promise.all(backends.map((backend) => startServices(backend, 2)));
    for (const address of ['svc0', 'svc1']) {
      await areServed(frontends, address, 'tag');
    }
    const client = await clientOf(frontends, { idempotent: true });
    const load = new Load([client], ['svc0', 'svc1'], 16);
    await load.answered(500);

    await first.kill();
    await load.answered(500);
    await restart();
    await expect.poll(() => client.links[0]?.state).toBe('ready');
    await load.answered(500);

    await load.stop();
    load.expectEachEndedOnce();
    expect(load.errors).toEqual([]);
  });
});
