import { setImmediate } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { RemoteClient } from 'nestjs-remote';
import { expect, test } from 'vitest';
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

/** A client that is connected to these servers, and knows what each has room for. */
async function connectTo(...services: RunningService[]): Promise<RemoteClient> {
  const client = createClient({ connect: services.map(({ address }) => address), timeout: 0 });
  let links = 0;
  client.on('connect', () => links++);
  await client.connect();
  await expect.poll(() => links).toBe(services.length);
  // Where calls come together, all but one of them wait, and the server tells its room.
  await expect
    .poll(async () => {
      await Promise.all(services.flatMap(() => [client.call.work(0), client.call.work(1)]));
      return creditsOf(client).every(Number.isFinite);
    })
    .toBe(true);
  return client;
}

test('a client makes more calls at once than its server has room for, and none is refused', async () => {
  const service = await startNarrow();
  const client = await connectTo(service);
  expect(await Promise.all(NAMES.map((name) => client.call.work(name)))).toEqual(NAMES);
  expect(service.server.dropCounts).toEqual(new Map());
});

test('a client of two servers gives each what it has room for, and no call is refused', async () => {
  const services = [await startNarrow(), await startNarrow()];
  const client = await connectTo(...services);
  expect(await Promise.all(NAMES.map((name) => client.call.work(name)))).toEqual(NAMES);
  expect(services.map(({ server }) => server.dropCounts)).toEqual([new Map(), new Map()]);
});
