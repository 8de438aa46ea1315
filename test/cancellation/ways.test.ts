import type { MessageHandler } from '@nestjs/microservices';
import { RemoteCallError, type RemoteClient, type RemoteContext } from 'nestjs-remote';
import { TimeoutError, firstValueFrom, ignoreElements, lastValueFrom, take, timeout } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { capability } from 'zeromq';
import { callsHeld } from '../robustness/inside.js';
import { createClient } from '../support/nest.js';
import { type WatchedCalls, listenWatched } from './watched-calls.js';

/** Each ends a call that has begun. */
const WAYS: readonly [way: string, end: (client: RemoteClient, pattern: string) => End][] = [
  ['unsubscribing from send()', unsubscribe],
  ['timeout() of rxjs', timeOut],
  ['an aborted signal of issueCall', abort],
  ['client.close()', close],
];

/** Is called when the handler has begun. */
type End = (hasBegun: () => Promise<void>) => Promise<void>;

/** A client that knows by an answer that its server is extended. */
async function connectedClient(address: string): Promise<RemoteClient> {
  const client: RemoteClient = createClient({ connect: address, timeout: 0 });
  await client.connect();
  expect(await client.call.echo('extended')).toBe('extended');
  return client;
}

const untilBegun = (calls: WatchedCalls): Promise<void> => expect.poll(() => calls.begun).toBe(1);

describe.each(WAYS)('%s', (_, way) => {
  it.each(['observable', 'silent', 'ticks'])(
    'unsubscribes the Observable of the handler, and aborts its signal: %s',
    async (pattern) => {
      const { calls, address } = await listenWatched();
      const client = await connectedClient(address);
      await way(client, pattern)(() => untilBegun(calls));
      await expect.poll(() => calls.finalized).toBe(1);
      expect(calls.aborted).toHaveLength(1);
      expect(calls.aborted[0]).toBeInstanceOf(RemoteCallError);
      expect(calls.aborted[0]).toMatchObject({ code: 'CANCELLED' });
      expect(callsHeld(client)).toBe(0);
    },
  );

  it('runs the finally of an async generator', async () => {
    const { calls, address } = await listenWatched();
    const client = await connectedClient(address);
    await way(client, 'generator')(() => untilBegun(calls));
    await expect.poll(() => calls.finalized).toBe(1);
    expect(calls.aborted).toMatchObject([{ code: 'CANCELLED' }]);
  });

  it('aborts the signal of a handler whose promise is pending', async () => {
    const { calls, address } = await listenWatched();
    const client = await connectedClient(address);
    await way(client, 'promise')(() => untilBegun(calls));
    await expect.poll(() => calls.aborted).toMatchObject([{ code: 'CANCELLED' }]);
  });
});

describe('a stream of which one value was taken', () => {
  it.each(['ticks', 'generator'])('is cancelled: %s', async (pattern) => {
    const { calls, address } = await listenWatched();
    const client = await connectedClient(address);
    expect(await lastValueFrom(client.send(pattern, 1).pipe(take(1)))).toBe(0);
    await expect.poll(() => calls.finalized).toBe(1);
    expect(calls.aborted).toMatchObject([{ code: 'CANCELLED' }]);
  });

  it('leaves the client ready for the next call', async () => {
    const { address } = await listenWatched();
    const client = await connectedClient(address);
    for (let round = 0; round < 20; round++) {
      expect(await firstValueFrom(client.send('ticks', 1))).toBe(0);
    }
    expect(await client.call.echo('next')).toBe('next');
    expect(callsHeld(client)).toBe(0);
  });
});

describe('a call that has ended', () => {
  it('is not cancelled: its signal stays as it is', async () => {
    let signal: AbortSignal | undefined;
    const keep: MessageHandler = async (data: unknown, context: RemoteContext) => {
      signal = context.getSignal();
      return data;
    };
    const { address } = await listenWatched({ bind: 'tcp://127.0.0.1:*' }, { keep });
    const client = await connectedClient(address);
    const controller = new AbortController();
    expect(await client.issueCall('keep', [1], { signal: controller.signal })).toBe(1);
    controller.abort();
    expect(await client.call.echo(2)).toBe(2);
    expect(signal?.aborted).toBe(false);
  });
});

describe('the very first call of a client', () => {
  it('is cancelled once a response has shown that the server is extended', async () => {
    const { calls, address } = await listenWatched();
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    await client.connect();
    const subscription = client.send('silent', 1).subscribe();
    await expect.poll(() => calls.begun).toBe(1);
    subscription.unsubscribe();
    expect(await client.call.echo('an answer')).toBe('an answer');
    await expect.poll(() => calls.finalized).toBe(1);
    expect(calls.aborted).toMatchObject([{ code: 'CANCELLED' }]);
  });

  it.skipIf(!capability.draft)('is over on the server when the client closes', async () => {
    const { calls, address } = await listenWatched();
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    client.send('silent', 1).subscribe({ error: () => undefined });
    await expect.poll(() => calls.begun).toBe(1);
    await client.close();
    await expect.poll(() => calls.finalized).toBe(1);
  });
});

describe('a call of call() that times out at the client', () => {
  it('is over on the server', async () => {
    const { calls, address } = await listenWatched({ bind: 'tcp://127.0.0.1:*', timeout: 0 });
    const client = await connectedClient(address);
    await expect(client.issueCall('silent', [], { timeout: 50 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await expect.poll(() => calls.finalized).toBe(1);
  });
});

function unsubscribe(client: RemoteClient, pattern: string): End {
  return async (hasBegun) => {
    const subscription = client.send(pattern, 1).subscribe();
    await hasBegun();
    subscription.unsubscribe();
  };
}

function timeOut(client: RemoteClient, pattern: string): End {
  return async (hasBegun) => {
    // Without its elements even a stream of endless values is too late.
    const ending = lastValueFrom(client.send(pattern, 1).pipe(ignoreElements(), timeout(200)));
    const rejection = expect(ending).rejects.toBeInstanceOf(TimeoutError);
    await hasBegun();
    await rejection;
  };
}

function abort(client: RemoteClient, pattern: string): End {
  return async (hasBegun) => {
    const controller = new AbortController();
    const ending = client.issueCall(pattern, [], { signal: controller.signal });
    const rejection = expect(ending).rejects.toMatchObject({ code: 'CANCELLED', origin: 'local' });
    await hasBegun();
    controller.abort();
    await rejection;
  };
}

function close(client: RemoteClient, pattern: string): End {
  return async (hasBegun) => {
    const ending = client.issueCall(pattern);
    const rejection = expect(ending).rejects.toMatchObject({ code: 'CANCELLED', origin: 'local' });
    await hasBegun();
    await client.close();
    await rejection;
  };
}
