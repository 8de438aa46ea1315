import { Readable } from 'node:stream';
import { RemoteClient } from 'nestjs-remote';
import { EMPTY, catchError, firstValueFrom, merge, takeUntil, Subject } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { createClient } from '../support/nest.js';
import { runningOn } from '../model/inside.js';
import { callsHeld, hasSockets } from './inside.js';
import { echo, hang, listen } from './plain-service.js';
import { startChildService } from './processes.js';

it('a call that ends while others are taken back from a lost link waits no more', async () => {
  const service = await startChildService();
  const client = createClient({ connect: service.address, timeout: 0 });
  await client.call.echo('first');
  const ended = new Subject<void>();
  // What the first of them ends with ends the others, while the client deals with the loss.
  const calls = Array.from({ length: 30 }, () =>
    client.send('hang', 'x'.repeat(100_000)).pipe(
      catchError(() => {
        ended.next();
        return EMPTY;
      }),
      takeUntil(ended),
    ),
  );
  const all = firstValueFrom(merge(...calls), { defaultValue: 'none' });
  await service.kill();
  expect(await all).toBe('none');
  expect(callsHeld(client)).toBe(0);
  await client.close();
  expect(hasSockets(client)).toBe(false);
});

it('responses reach their calls, to however many addresses they went', async () => {
  const { address } = await listen({ requests: { echo } });
  const client = createClient({ connect: address });
  const calls = Array.from({ length: 1100 }, (_, n) =>
    client.issueCall('echo', [n], { address: `service ${n}` }),
  );
  expect(await Promise.all(calls)).toEqual(calls.map((_call, n) => n));
});

it('a call over UDP gets its response, whatever address it was given', async () => {
  const { address } = await listen({ requests: { echo } }, { bind: 'udp://127.0.0.1:*' });
  const client = createClient({ connect: address });
  expect(await client.issueCall('echo', [1], { address: 'somebody' })).toBe(1);
});

it('a signal may abort after an event that could not be encoded', async () => {
  const { address } = await listen({});
  const client = createClient({ connect: address });
  const controller = new AbortController();
  const options = { notification: true, signal: controller.signal };
  const event = client.issueCall('event', [2n ** 9000n], options);
  await expect(event).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(() => controller.abort()).not.toThrow();
});

it('a hook that throws costs other calls nothing', async () => {
  class Client extends RemoteClient {
    protected override serializeError(): never {
      throw new Error('hook');
    }
  }
  const { address } = await listen({
    requests: { echo, hang, slow: () => firstValueFrom(answer) },
  });
  const answer = new Subject<string>();
  const client = new Client({ connect: address });
  onTestFinished(() => client.close());
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error.cause));
  await client.connect();
  const slow = client.issueCall('slow', [], { timeout: 0 });
  client.send('nobody', 1).subscribe();
  await expect.poll(() => errors).toMatchObject([{ message: 'hook' }]);
  answer.next('answer');
  expect(await slow).toBe('answer');
});

it('a stream of Node is destroyed when its caller cancels, also before it was returned', async () => {
  const quiet = new Readable({ read: () => undefined });
  const late = new Readable({ read: () => undefined });
  const returned = new Subject<Readable>();
  const { address } = await listen({
    requests: { echo, quiet: async () => quiet, late: () => firstValueFrom(returned) },
  });
  const client = createClient({ connect: address, timeout: 0 });
  await client.call.echo(1);
  const subscriptions = ['quiet', 'late'].map((name) => client.send(name, 1).subscribe());
  await client.call.echo(2);
  subscriptions.forEach((subscription) => subscription.unsubscribe());
  await expect.poll(() => quiet.destroyed).toBe(true);
  returned.next(late);
  await expect.poll(() => late.destroyed).toBe(true);
});

it('requests that wait for a slot are turned away at once when their server closes', async () => {
  const { server, address } = await listen(
    { requests: { hang } },
    { bind: 'tcp://127.0.0.1:*', concurrency: 1, shutdownTimeout: 0 },
  );
  const client = createClient({ connect: address, timeout: 0 });
  const running = client.send('hang', 1).subscribe({ error: () => undefined });
  await expect.poll(() => runningOn(server)).toBe(1);
  // A client with the extension would wait for the successor.
  const waiting = createClient({ connect: address, timeout: 0, extension: false }).call.hang(2);
  const turnedAway = expect(waiting).rejects.toThrow('the server is closing');
  await expect.poll(() => runningOn(server)).toBe(2);
  const closing = server.close();
  await turnedAway;
  running.unsubscribe();
  await client.close();
  await closing;
});
