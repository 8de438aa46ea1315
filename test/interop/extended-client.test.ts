import type { RemoteClient, RemoteClientOptions } from 'nestjs-remote';
import { TimeoutError, lastValueFrom, timeout, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { describePython, type PythonPeer } from './python-peer.js';
import { ANYWHERE, startPeer } from './start-peer.js';

/** A client of ours with everything switched on, connected to a service in Python. */
async function start(
  options: RemoteClientOptions = {},
): Promise<{ client: RemoteClient; service: PythonPeer }> {
  const router = await startPeer('router', '--frontend', ANYWHERE, '--backend', ANYWHERE);
  const service = await startPeer(
    'service',
    ...['--connect', router.backend, '--identity', 'svc', '--concurrency', '8'],
  );
  expect(await router.next()).toMatchObject({ event: 'greeting', side: 'backend' });
  const client: RemoteClient = createClient({
    connect: router.frontend,
    address: 'svc',
    ...options,
  });
  return { client, service };
}

/** Ends both, and returns all that Python has written. */
async function complaints({ client, service }: Awaited<ReturnType<typeof start>>) {
  expect(await client.call.add(1, 2)).toBe(3);
  await client.close();
  await service.stop();
  return service.stderr;
}

describePython('A Python service and a client with the extension', () => {
  it('responds to send() with one value', async () => {
    const peers = await start();
    const values = await lastValueFrom(peers.client.send('echo', [1, 2]).pipe(toArray()));
    expect(values).toEqual([[1, 2]]);
    expect(await complaints(peers)).toBe('');
  });

  it('receives no response to an unsubscribed call, an aborted one, or one that timed out', async () => {
    const peers = await start();
    const { client } = peers;
    expect(await client.call.echo('first')).toBe('first');
    client.send('sleep', 0.2).subscribe().unsubscribe();
    const late = lastValueFrom(client.send('sleep', 0.2).pipe(timeout(50)));
    await expect(late).rejects.toBeInstanceOf(TimeoutError);
    const controller = new AbortController();
    const call = client.issueCall('sleep', [0.2], { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(client.issueCall('sleep', [0.2], { timeout: 50 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(await complaints(peers)).toBe('');
  });

  it('gets no PING, however long a call is in flight', async () => {
    const peers = await start({ timeout: 0, heartbeat: 50 });
    const { client } = peers;
    expect(await client.call.echo('first')).toBe('first');
    await client.call.sleep(1);
    expect(await complaints(peers)).toBe('');
  });

  it('responds to every one of many calls at once', async () => {
    const peers = await start();
    expect(await peers.client.call.echo('first')).toBe('first');
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((number) => peers.client.call.echo(number)));
    expect(answers).toEqual(numbers);
    expect(await complaints(peers)).toBe('');
  });

  it('takes many events at once, in order', async () => {
    const peers = await start();
    const { client, service } = peers;
    expect(await client.call.echo('first')).toBe('first');
    await Promise.all(Array.from({ length: 50 }, (_, index) => client.notify.note(index)));
    for (let index = 0; index < 50; index++) {
      expect(await service.next()).toMatchObject({ event: 'note' });
    }
    expect(await complaints(peers)).toBe('');
  });

  it('gets large byte strings in the payload, and sends them back', async () => {
    const peers = await start();
    const value = Buffer.alloc(100_000, 7);
    for (let round = 0; round < 2; round++) {
      const answer: unknown = await peers.client.call.echo(value);
      expect(value.equals(answer as Buffer)).toBe(true);
    }
    expect(await complaints(peers)).toBe('');
  });

  it('is not disturbed by a client that closes in the middle of its calls', async () => {
    const peers = await start();
    const { client } = peers;
    expect(await client.call.echo('first')).toBe('first');
    const calls = Promise.allSettled([client.call.sleep(0.1), client.call.sleep(0.1)]);
    await client.close();
    for (const end of await calls) {
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED' } });
    }
    expect(await complaints(peers)).toBe('');
  });
});
