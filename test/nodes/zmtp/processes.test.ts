import { once } from 'node:events';
import { linkSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { createClient } from '../../support/nest.js';
import { ipcAddress, runFixture, startChildService } from '../../robustness/processes.js';
import { ANYWHERE } from './nodes.js';

it.each([
  ['a port', async () => ANYWHERE],
  ['an ipc path', ipcAddress],
  ['an ipc path that a process which was killed has left behind', abandonedPath],
])('lets the processes of a cluster share %s', async (_, place) => {
  const { address } = await startChildService(await place(), {}, 'clustered-services.mjs');
  expect(address.split(' ')).toHaveLength(1);
  const processes = new Set<unknown>();
  await expect
    .poll(async () => {
      const client = createClient({ connect: address, engine: 'net' });
      processes.add(await client.call['pid']());
      await client.close();
      return processes.size;
    })
    .toBe(2);
});

it.each(['zeromq', 'net'] as const)(
  'gives the clients of a process that drains to another one at once: %s',
  async (engine) => {
    const { address } = await startChildService(ANYWHERE, {}, 'clustered-services.mjs');
    const client = createClient({ connect: address, engine });
    const first = await client.issueCall('pid');
    const hanging = client.issueCall('hang', [], { timeout: 0 });
    const ended = expect(hanging).rejects.toMatchObject({ code: 'CANCELLED', origin: 'local' });
    await client.issueCall('close');
    expect(await client.issueCall('pid')).not.toBe(first);
    await client.close();
    await ended;
  },
);

it('can be ended with its thread', async () => {
  const { address } = await startChildService();
  expect(await runFixture('threaded-client.mjs', address)).toEqual({ code: 0, output: '3 3\n' });
});

/** A path with the file of a socket at which nobody listens. */
async function abandonedPath(): Promise<string> {
  const address = await ipcAddress();
  const path = address.slice('ipc://'.length);
  const server = createServer().listen(path);
  await once(server, 'listening');
  // The link stays when Node removes the file.
  linkSync(path, `${path}-left`);
  server.close();
  await once(server, 'close');
  return `${address}-left`;
}
