import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { HAS_IPV6, nameServer } from '../support/names.js';
import { echo, listen } from '../robustness/plain-service.js';

describe.runIf(HAS_IPV6)('without an option for IPv6', () => {
  it.each([
    ['tcp://[::1]:*', '[::1]'],
    ['udp://[::1]:*', '[::1]'],
    ['tcp://[::]:*', '127.0.0.1'],
    ['tcp://[::]:*', '[::1]'],
    ['tcp://*:*', '127.0.0.1'],
    ['tcp://*:*', '[::1]'],
    ['tcp://*:*', 'localhost'],
    ['tcp://localhost:*', 'localhost'],
    ['tcp://ipv6.test:*', 'ipv6.test'],
    ['udp://ipv6.test:*', 'ipv6.test'],
    ['tcp://both.test:*', 'both.test'],
  ])('a server at %s is reached at %s', async (bind, host) => {
    if (host.endsWith('.test')) {
      nameServer({ 'ipv6.test': ['::1'], 'both.test': ['::1', '127.0.0.1'] });
    }
    const { address } = await listen({ requests: { echo } }, { bind });
    const [scheme] = bind.split(':');
    const client = createClient(`${scheme}://${host}:${address.split(':').at(-1)}`);
    expect(await client.issueCall('echo', [1])).toBe(1);
  });

  it('a server at addresses of both families shows them as they are', async () => {
    const { server } = await listen({}, { bind: ['tcp://127.0.0.1:*', 'tcp://[::1]:*'] });
    expect(server.addresses).toEqual([
      expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^tcp:\/\/\[::1\]:\d+$/),
    ]);
  });
});

it('binding to a name that is unknown fails, and says so', async () => {
  nameServer({});
  await expect(listen({}, { bind: 'tcp://nowhere.test:*' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'cannot bind tcp://nowhere.test:*: ENOTFOUND (there is no such name)',
  });
});
