import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Subject, type Observable, take } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { createClient, startService } from '../support/nest.js';

let running = 0;
const results = new Subject<string>();

@Controller()
class SlowController {
  @MessagePattern('wait')
  wait(): Observable<string> {
    running++;
    return results.pipe(take(1));
  }

  @MessagePattern('echo')
  echo(@Payload() value: unknown): unknown {
    return value;
  }
}

async function start(options: object = {}) {
  running = 0;
  const service = await startService(
    { controllers: [SlowController] },
    { bind: 'udp://127.0.0.1:*', ...options },
  );
  return { ...service, client: createClient({ connect: service.address, timeout: 0 }) };
}

describe('closing a client over UDP', () => {
  test('cancels what is in flight', async () => {
    const { client } = await start({ shutdownTimeout: 1 });
    const calls = [client.call.wait(), client.call.wait()];
    const outcomes = Promise.allSettled(calls);
    await expect.poll(() => running).toBe(2);

    await client.close();

    const cancelled = { status: 'rejected', reason: { origin: 'local', code: 'CANCELLED' } };
    expect(await outcomes).toMatchObject([cancelled, cancelled]);
  });

  test('may be done twice, at once and again', async () => {
    const { client } = await start();
    await client.call.echo(1);

    await Promise.all([client.close(), client.close()]);
    await client.close();

    expect(() => client.unwrap()).toThrow('Not initialized');
  });

  test('is no obstacle to using it again', async () => {
    const { client } = await start();
    await client.call.echo(1);
    await client.close();

    expect(await client.call.echo(2)).toBe(2);

    await client.connect();
    expect(await client.call.echo(3)).toBe(3);
  });

  test('lets events leave that were just sent', async () => {
    const { client, server } = await start();
    await client.connect();
    client.emit('nobody', 1);

    await client.close();

    await expect.poll(() => server.dropCounts.get('event without a handler')).toBe(1);
  });
});

describe('closing a server over UDP', () => {
  test('lets running handlers respond', async () => {
    const { client, server } = await start();
    const call: unknown = client.call.wait();
    await expect.poll(() => running).toBe(1);

    const closed = server.close();
    results.next('done');

    expect(await call).toBe('done');
    await closed;
    expect(server.addresses).toEqual([]);
  });

  test('cancels handlers that take too long, with an error response', async () => {
    const { client, server } = await start({ shutdownTimeout: 1 });
    const call = client.call.wait();
    call.catch(() => undefined);
    await expect.poll(() => running).toBe(1);

    await server.close();

    await expect(call).rejects.toMatchObject({ origin: 'remote', code: 'CANCELLED' });
    expect(results.observed).toBe(false);
  });

  test('responds to calls that come meanwhile with UNAVAILABLE', async () => {
    const { client, server } = await start();
    const call: unknown = client.call.wait();
    await expect.poll(() => running).toBe(1);
    const closed = server.close();

    await expect(client.call.echo(1)).rejects.toMatchObject({
      origin: 'remote',
      code: 'UNAVAILABLE',
    });

    results.next('done');
    await call;
    await closed;
  });
});
