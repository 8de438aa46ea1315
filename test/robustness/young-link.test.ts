import { expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { listen } from './plain-service.js';
import { vacantAddress } from './processes.js';

it('keeps a link that has just come up when a call that waited for it times out', async () => {
  const address = await vacantAddress();
  const client = createClient({ connect: address, timeout: 0 });
  let release!: () => void;
  const released = new Promise<string>((resolve) => {
    release = () => resolve('released');
  });
  const old = client.issueCall('hold', [], { timeout: 2000 });
  old.catch(() => undefined);
  await listen({ requests: { hold: () => released } }, { bind: address });
  await client.connect();
  const young = client.issueCall('hold', [], { timeout: 0 });
  await expect(old).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  release();
  expect(await young).toBe('released');
});
