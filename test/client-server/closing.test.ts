import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { beforeEach, describe, expect, test } from 'vitest';
import { type RemoteClient, RemoteContext, type RemoteServer } from 'nestjs-remote';
import { createClient, startService } from '../support/nest.js';

const running = new Map<unknown, () => void>();
let signal: AbortSignal | undefined;

@Controller()
class ClosingController {
  @MessagePattern('wait')
  async wait(@Payload() name: unknown, @Ctx() context: RemoteContext): Promise<unknown> {
    signal = context.getSignal();
    await new Promise<void>((resolve) => running.set(name, resolve));
    return name;
  }

  @MessagePattern('echo')
  echo(@Payload() data: unknown): unknown {
    return data;
  }
}

/** A server that can listen again needs a port that stays the same. */
async function start(shutdownTimeout: number): Promise<[RemoteServer, string]> {
  const { server, address } = await startService(
    { controllers: [ClosingController] },
    { bind: 'tcp://127.0.0.1:*', shutdownTimeout },
  );
  return [server, address];
}

const isRunning = (name: unknown): Promise<void> => expect.poll(() => running.has(name)).toBe(true);

function listen(server: RemoteServer): Promise<void> {
  return new Promise((resolve, reject) => {
    server.listen((error) => (error instanceof Error ? reject(error) : resolve()));
  });
}

beforeEach(() => {
  running.clear();
  signal = undefined;
});

describe('server.close()', () => {
  test('delivers the responses of running handlers', async () => {
    const [server, address] = await start(0);
    const client = createClient(address);
    const answers = Promise.all([client.call.wait(1), client.call.wait(2)]);
    await isRunning(2);
    const closed = server.close();
    running.forEach((resolve) => resolve());
    expect(await answers).toEqual([1, 2]);
    await closed;
    expect(signal?.aborted).toBe(false);
  });

  test('cancels what runs longer than shutdownTimeout: an error response, and getSignal()', async () => {
    const [server, address] = await start(10);
    const call = createClient(address).call.wait(1);
    const failed = expect(call).rejects.toMatchObject({
      origin: 'remote',
      code: 'CANCELLED',
      message: 'the server was closed',
    });
    await isRunning(1);
    await server.close();
    await failed;
    expect(signal?.aborted).toBe(true);
  });

  test('answers new requests of clients without the extension with an error while it drains', async () => {
    const [server, address] = await start(0);
    const client = createClient({ connect: address, extension: false });
    const answer = client.call.wait(1);
    await isRunning(1);
    const closed = server.close();
    const late = await client.call.echo(2).catch((error: unknown) => error);
    expect(late).toMatchObject({
      origin: 'remote',
      message: 'the server is closing',
      code: 'UNKNOWN',
    });
    running.get(1)?.();
    expect(await answer).toBe(1);
    await closed;
  });

  test('leaves new requests to its successor while it drains', async () => {
    const [server, address] = await start(0);
    const client = createClient({ connect: address, timeout: 0 });
    const answer = client.call.wait(1);
    await isRunning(1);
    const closed = server.close();
    const late = client.call.echo(2);
    running.get(1)?.();
    expect(await answer).toBe(1);
    await closed;
    await startService({ controllers: [ClosingController] }, { bind: address });
    expect(await late).toBe(2);
  });

  test('is idempotent, and concurrent calls share one promise', async () => {
    const [server, address] = await start(0);
    const answer = createClient(address).call.wait(1);
    await isRunning(1);
    const closed = server.close();
    expect(server.close()).toBe(closed);
    running.get(1)?.();
    await closed;
    await server.close();
    expect(await answer).toBe(1);
  });

  test('leaves a server that can listen again', async () => {
    const [server, first] = await start(0);
    expect(await createClient(first).call.echo(1)).toBe(1);
    await server.close();
    expect(server.addresses).toEqual([]);
    await listen(server);
    expect(await createClient(server.addresses[0] ?? '').call.echo(2)).toBe(2);
  });

  test('waits for itself when listen is called meanwhile', async () => {
    const [server] = await start(0);
    const closed = server.close();
    await listen(server);
    await closed;
    expect(await createClient(server.addresses[0] ?? '').call.echo(2)).toBe(2);
  });
});

describe('client.close()', () => {
  let client: RemoteClient;
  let address: string;

  beforeEach(async () => {
    [, address] = await start(1);
    client = createClient(address);
  });

  test('rejects calls that wait for a response with CANCELLED', async () => {
    const failed = expect(client.call.wait(1)).rejects.toMatchObject({
      origin: 'local',
      code: 'CANCELLED',
    });
    await isRunning(1);
    await client.close();
    await failed;
  });

  test('rejects a pending connect() with CANCELLED', async () => {
    const lonely = createClient({ connect: 'ipc:///nobody/listens/here', timeout: 0 });
    const failed = expect(lonely.connect()).rejects.toMatchObject({ code: 'CANCELLED' });
    await lonely.close();
    await failed;
  });

  test('is idempotent, and concurrent calls share one promise', async () => {
    await client.connect();
    const closed = client.close();
    expect(client.close()).toBe(closed);
    await closed;
    await client.close();
  });

  test('leaves a client that can connect again', async () => {
    expect(await client.call.echo(1)).toBe(1);
    await client.close();
    await client.connect();
    expect(await client.call.echo(2)).toBe(2);
    expect(client.unwrap<unknown[]>()).toHaveLength(1);
  });

  test('lets a later call open a link, which closes when its last call has ended', async () => {
    await client.connect();
    await client.close();
    const calls = [client.call.wait(1), client.call.wait(2)];
    await isRunning(1);
    await isRunning(2);
    running.get(1)?.();
    expect(await calls[0]).toBe(1);
    expect(client.unwrap<unknown[]>()).toHaveLength(1);
    running.get(2)?.();
    expect(await calls[1]).toBe(2);
    await expect.poll(() => isInitialised(client)).toBe(false);
  });

  test('lets a later event open a link, which closes when it was sent', async () => {
    await client.connect();
    await client.close();
    await client.notify.echo(1);
    await expect.poll(() => isInitialised(client)).toBe(false);
  });
});

function isInitialised(client: RemoteClient): boolean {
  try {
    client.unwrap();
    return true;
  } catch {
    return false;
  }
}
