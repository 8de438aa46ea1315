import { expect, it } from 'vitest';
import { DEFAULT_ENGINE } from '../../lib/nodes/create-node.js';
import { startChildService } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';

it('ends the calls of a server whose process is frozen, and serves again once it is thawed', async () => {
  const service = await startChildService(undefined, { engine: DEFAULT_ENGINE });
  const client = createClient({ connect: service.address, timeout: 0, heartbeat: 250 });
  const streamErrors: unknown[] = [];
  let values = 0;
  client.send('ticks', 0).subscribe({
    next: () => values++,
    error: (error: unknown) => streamErrors.push(error),
  });
  await expect.poll(() => values).toBeGreaterThan(0);
  const call = client.call.hang();
  service.freeze();
  await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(streamErrors).toMatchObject([{ code: 'UNAVAILABLE' }]);
  service.thaw();
  expect(await client.call.echo('again')).toBe('again');
});
