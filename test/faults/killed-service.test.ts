import { RemoteCallError } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE } from '../../lib/nodes/create-node.js';
import { createClient } from '../support/nest.js';
import { callsHeld } from '../robustness/inside.js';
import { ipcAddress, startChildService } from '../robustness/processes.js';

describe.each([
  ['tcp', () => Promise.resolve('tcp://127.0.0.1:*')],
  ['ipc', ipcAddress],
])('a service that is killed, over %s', (_scheme, chooseAddress) => {
  it('ends all 500 calls in flight with UNAVAILABLE, and the client serves its successor', async () => {
    const service = await startChildService(await chooseAddress(), { engine: DEFAULT_ENGINE });
    const client = createClient({ connect: service.address, timeout: 0 });
    const calls = Array.from({ length: 500 }, () => client.call.hang().catch((e: unknown) => e));
    await expect.poll(() => client.call.hanging(), { timeout: 10_000 }).toBe(500);

    await service.kill();
    const endings = (await Promise.all(calls)) as RemoteCallError[];
    for (const ending of endings) {
      expect(ending).toBeInstanceOf(RemoteCallError);
      expect(ending).toMatchObject({ code: 'UNAVAILABLE', origin: 'local' });
      expect(ending.message).toContain(service.address);
    }
    expect(callsHeld(client)).toBe(0);

    await startChildService(service.address, { engine: DEFAULT_ENGINE });
    expect(await client.call.add(1, 2)).toBe(3);
  });
});
