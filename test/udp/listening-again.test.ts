import { expect, it } from 'vitest';
import { echo, listen, start } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';

it('a server that was closed takes calls again when it listens again', async () => {
  const { server } = await listen({ requests: { echo } }, { bind: 'udp://127.0.0.1:*' });
  await server.close();
  await start(server);
  const client = createClient({ connect: server.addresses[0] ?? '' });
  expect(await client.issueCall('echo', [1])).toBe(1);
});
