import { setImmediate } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { RemoteClient, RemoteClientOptions } from 'nestjs-remote';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LinkPool } from '../../lib/client/links/link-pool.js';
import { RawServer } from '../extension/raw-server.js';
import { Key, Type, header, sequence } from '../extension/wire.js';
import { creditsOf } from '../robustness/inside.js';
import { type RunningService, createClient, startService } from '../support/nest.js';

@Controller()
class WorkController {
  @MessagePattern('work')
  async work(@Payload() name: unknown): Promise<unknown> {
    await setImmediate();
    return name;
  }
}

const NAMES = Array.from({ length: 300 }, (_, name) => name);

/** A service that has room for five calls at once. */
function startNarrow(): Promise<RunningService> {
  return startService(
    { controllers: [WorkController] },
    { bind: 'tcp://127.0.0.1:*', concurrency: 1, queue: { maxCalls: 4 } },
  );
}

/** A client that is connected to these servers. */
async function connectTo(
  servers: readonly { readonly address: string }[],
  options: RemoteClientOptions = {},
): Promise<RemoteClient> {
  const connect = servers.map(({ address }) => address);
  const client = createClient({ connect, timeout: 0, ...options });
  let links = 0;
  client.on('connect', () => links++);
  await client.connect();
  await expect.poll(() => links).toBe(servers.length);
  return client;
}

/** The same for services that are narrow, once it knows what each has room for. */
async function connectToNarrow(
  services: readonly RunningService[],
  options?: RemoteClientOptions,
): Promise<RemoteClient> {
  const client = await connectTo(services, options);
  let from = 0;
  // Where calls come together, all but one of them wait, and the server tells its room. One has room for five.
  await expect
    .poll(async () => {
      await Promise.all(NAMES.slice(from, (from += 5)).map((name) => client.call.work(name)));
      return creditsOf(client).every(Number.isFinite);
    })
    .toBe(true);
  return client;
}

test('a client makes more calls at once than its server has room for, and none is refused', async () => {
  const service = await startNarrow();
  const client = await connectToNarrow([service]);
  expect(await Promise.all(NAMES.map((name) => client.call.work(name)))).toEqual(NAMES);
  expect(service.server.dropCounts).toEqual(new Map());
});

test('a client of two servers gives each what it has room for, and no call is refused', async () => {
  const services = [await startNarrow(), await startNarrow()];
  const client = await connectToNarrow(services);
  expect(await Promise.all(NAMES.map((name) => client.call.work(name)))).toEqual(NAMES);
  expect(services.map(({ server }) => server.dropCounts)).toEqual([new Map(), new Map()]);
});

test('calls of keys that wait are looked at no more often than they make room for each other', async () => {
  const services = [await startNarrow(), await startNarrow()];
  const picks = vi.spyOn(LinkPool.prototype, 'pick');
  onTestFinished(() => picks.mockRestore());
  const affinity = (_method: string, [name]: readonly unknown[]): string => String(name);
  const client = await connectToNarrow(services, { affinity });
  picks.mockClear();
  expect(await Promise.all(NAMES.map((name) => client.call.work(name)))).toEqual(NAMES);
  // Once as it is made, once as it is sent, and once as the one before it has taken the room.
  expect(picks.mock.calls.length).toBeLessThanOrEqual(3 * NAMES.length);
});

test('a call that another server has to take holds up none behind it', async () => {
  const servers = [await RawServer.bind(), await RawServer.bind()];
  const one = header({ [Key.CREDIT]: 1 });
  const refusal = header({
    [Key.CODE]: 'RESOURCE_EXHAUSTED',
    [Key.REFUSED]: true,
    [Key.CREDIT]: 1,
  });
  const client = await connectTo(servers);
  // Both have room for one call from here on.
  const known = [client.call.work(0), client.call.work(0)];
  for (const server of servers) {
    await server.respond(await server.request(), 0, one);
  }
  await Promise.all(known);
  void client.call.work(1).catch(() => undefined);
  void client.call.work(2).catch(() => undefined);
  const [busy, free] = servers as [RawServer, RawServer];
  await busy.request();
  const refused = await free.request();
  const first = client.call.work(3);
  await free.send(refused, sequence([Type.RESPONSE, refused.envelope[1], ['', {}], null], refusal));
  await free.respond(await free.request(), 3, one);
  await first;
  const second = client.call.work(4);
  await free.respond(await free.request(), 4, one);
  expect(await second).toBe(4);
});
