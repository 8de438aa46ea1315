import type { RemoteClient } from 'nestjs-remote';
import { range } from 'rxjs';
import { expect, it } from 'vitest';
import { WatchedCalls } from '../cancellation/watched-calls.js';
import { outcomeOf } from '../e2e/transports.js';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { describePython } from './python-peer.js';
import { ANYWHERE, startPeer } from './start-peer.js';

/** A client and a service of ours with a Python router between them, and what it has to say. */
async function start() {
  const router = await startPeer('router', '--frontend', ANYWHERE, '--backend', ANYWHERE);
  const calls = new WatchedCalls();
  const { server } = await listen(
    {
      requests: {
        echo,
        range: async (length: number) => range(0, length),
        metadata: async (_data: unknown, context: { getMetadata(): unknown }) =>
          context.getMetadata() ?? 'none',
        ticks: calls.ticks,
        silent: calls.observable(),
        generator: calls.generator,
      },
    },
    { connect: router.backend, identity: 'svc', timeout: 0 },
  );
  expect(await router.next()).toMatchObject({ event: 'greeting', side: 'backend' });
  const client: RemoteClient = createClient({
    connect: router.frontend,
    address: 'svc',
    timeout: 0,
  });
  // What a server has to send as it closes has somewhere to go only while there is a router.
  const expectQuietEnd = async (): Promise<void> => {
    await server.close();
    await router.stop();
    expect(router.stderr).toBe('');
  };
  return { router, server, client, calls, expectQuietEnd };
}

describePython('Between two extended peers, a Python router', () => {
  it('passes headers', async () => {
    const { client, expectQuietEnd } = await start();
    const metadata = { traceparent: '00-1-2-03' };
    expect(await client.issueCall('metadata', [], { metadata })).toEqual(metadata);
    await expect(client.call.nope()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
    await expectQuietEnd();
  });

  it.each([3, 5000])('passes streams: %i values', async (length) => {
    const { client, expectQuietEnd } = await start();
    const { values, error } = await outcomeOf(client.send('range', length));
    expect(error).toBeUndefined();
    expect(values).toEqual(Array.from({ length }, (_, index) => index));
    await expectQuietEnd();
  });

  it.each(['ticks', 'silent', 'generator'])('passes cancels: %s', async (pattern) => {
    const { client, calls, expectQuietEnd } = await start();
    expect(await client.call.echo('first')).toBe('first');
    const subscription = client.send(pattern, 1).subscribe();
    await expect.poll(() => calls.begun).toBe(1);
    subscription.unsubscribe();
    await expect.poll(() => calls.finalized).toBe(1);
    expect(calls.aborted).toMatchObject([{ code: 'CANCELLED' }]);
    expect(await client.call.echo('next')).toBe('next');
    await expectQuietEnd();
  });

  it('passes many calls at once', async () => {
    const { client, expectQuietEnd } = await start();
    expect(await client.call.echo('first')).toBe('first');
    const numbers = Array.from({ length: 2000 }, (_, index) => index);
    expect(await Promise.all(numbers.map((number) => client.call.echo(number)))).toEqual(numbers);
    await expectQuietEnd();
  });

  it('passes large byte strings within the payload', async () => {
    const { client, expectQuietEnd } = await start();
    const value = Buffer.alloc(100_000, 7);
    for (let round = 0; round < 2; round++) {
      expect(value.equals((await client.call.echo(value)) as Buffer)).toBe(true);
    }
    await expectQuietEnd();
  });

  it('passes goodbyes, after which a successor of the service is called', async () => {
    const { client, server, router } = await start();
    expect(await client.call.echo('first')).toBe('first');
    await server.close();
    await listen({ requests: { echo } }, { connect: router.backend, identity: 'svc' });
    await expect
      .poll(() => client.issueCall('echo', ['second'], { timeout: 500 }).catch(() => undefined))
      .toBe('second');
  });
});
