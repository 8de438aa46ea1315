import { RemoteCallError, type RemoteClient } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { describePython, type PythonPeer } from './python-peer.js';
import { ANYWHERE, fromHex, startPeer } from './start-peer.js';

/** What a bound DEALER of Python says about the greeting of any DEALER, its own clients' too. */
const GREETING = /^ERROR could not process a message: ValueError\('not enough values to unpack.*\n/;

/** A Python service and a client of ours, on each of the links that there are between the two. */
const LINKS: readonly [
  name: string,
  start: (...args: string[]) => Promise<{ client: RemoteClient; service: PythonPeer }>,
][] = [
  [
    'connected directly',
    async (...args) => {
      const service = await startPeer('service', '--bind', ANYWHERE, ...args);
      return { service, client: createClient(service.endpoint) };
    },
  ],
  ['behind a Python router', (...args) => startBehindRouter(args, true)],
  ['behind a Python router, without the extension', (...args) => startBehindRouter(args, false)],
];

for (const [link, start] of LINKS) {
  describePython(`A Python service ${link}`, () => {
    it('responds to call, with positional arguments', async () => {
      const { client } = await start();

      expect(await client.call.add(1, 2)).toBe(3);
      expect(await client.call.echo_args()).toEqual([]);
      expect(await client.call.echo_args(1, 'b', null)).toEqual([1, 'b', null]);
    });

    it('responds to methods whose name is no identifier', async () => {
      const { client } = await start();

      expect(await client.call['non-python-identifier'](1)).toEqual([1]);
    });

    it('responds to send, whose data is the one argument', async () => {
      const { client } = await start();

      expect(await firstValueFrom(client.send('echo', [1, 2]))).toEqual([1, 2]);
    });

    it('is sent an object pattern as its JSON text', async () => {
      const { client } = await start();

      expect(await firstValueFrom(client.send({ cmd: 'sum' }, [1, 2]))).toBe(3);
    });

    it('returns None as null', async () => {
      const { client } = await start();

      expect(await client.call.none()).toBeNull();
    });

    it('responds to many calls in flight', async () => {
      const { client } = await start();
      const numbers = Array.from({ length: 100 }, (_, index) => index);

      const sums = await Promise.all(numbers.map((number) => client.call.add(number, 1)));

      expect(sums).toEqual(numbers.map((number) => number + 1));
    });

    it('takes events, in order', async () => {
      const { client, service } = await start();

      await client.notify.note();
      await client.notify.note(1, 'two');
      await firstValueFrom(client.emit('note', { three: 3 }), { defaultValue: undefined });

      const notes = [await service.next(), await service.next(), await service.next()];
      expect(notes.map(({ args }) => fromHex(args))).toEqual([[], [1, 'two'], [{ three: 3 }]]);
    });

    it('says that it has no such method', async () => {
      const { client } = await start();

      await expect(firstValueFrom(client.send('nope', 1))).rejects.toStrictEqual({
        message: 'no such method exists',
        method: 'nope',
      });
      const error: unknown = await client.call.nope().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RemoteCallError);
      expect(error).toMatchObject({
        message: 'no such method exists',
        context: { method: 'nope' },
        origin: 'remote',
        code: 'UNKNOWN',
      });
    });

    it.each(['fail', 'fail_remote'])('says that a method raised: %s', async (method) => {
      const { client } = await start();

      await expect(client.issueCall(method)).rejects.toMatchObject({
        message: 'method produced an error',
        context: {},
        origin: 'remote',
      });
      await expect(client.call.add(1)).rejects.toThrow('method produced an error');
      expect(await client.call.add(1, 2)).toBe(3);
    });

    it('says that a method timed out, with the timeout in seconds', async () => {
      const { client } = await start('--timeout', '0.25');

      await expect(client.call.sleep(60)).rejects.toMatchObject({
        message: 'method timed out',
        context: { timeout: 0.25 },
        origin: 'remote',
      });
    });

    it('that does not respond in time causes a local error, and the next call gets its response', async () => {
      const { client } = await start('--concurrency', '2');
      await client.connect();

      const slow = client.issueCall('sleep', [3], { timeout: 1000 });

      await expect(slow).rejects.toMatchObject({ origin: 'local', code: 'DEADLINE_EXCEEDED' });
      expect(await client.call.add(1, 2)).toBe(3);
    });

    it('ignores metadata', async () => {
      const { client } = await start();

      const sum = client.issueCall('add', [1, 2], { metadata: { traceparent: '00-1-2-03' } });

      expect(await sum).toBe(3);
    });

    it('ignores headers, and its responses without headers are accepted', async () => {
      const { client, service } = await start();

      await client.issueCall('add', [1, 2], { metadata: { tenant: 'a' } });
      await client.notify.note(1);
      await service.next();
      await client.close();
      await service.stop();

      expect(service.stderr.replace(GREETING, '')).toBe('');
      expect([...client.dropCounts]).toEqual([]);
    });
  });
}

async function startBehindRouter(args: readonly string[], extension: boolean) {
  const router = await startPeer('router', '--frontend', ANYWHERE, '--backend', ANYWHERE);
  const connect = ['--connect', router.backend, '--identity', 'svc'];
  const service = await startPeer('service', ...connect, ...args);
  expect(await router.next()).toMatchObject({ event: 'greeting', side: 'backend' });
  const client: RemoteClient = createClient({
    connect: router.frontend,
    address: 'svc',
    extension,
  });
  return { client, service };
}
