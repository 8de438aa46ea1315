import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { beforeEach, expect, test } from 'vitest';
import { type RemoteClient, RemoteContext, type RemoteServer } from 'nestjs-remote';
import { createClient, startService } from '../support/nest.js';

const waiting = new Map<unknown, () => void>();
const finished: unknown[] = [];
let running = 0;
let most = 0;

async function work(name: unknown): Promise<unknown> {
  running++;
  most = Math.max(most, running);
  await new Promise<void>((resolve) => waiting.set(name, resolve));
  waiting.delete(name);
  running--;
  finished.push(name);
  return name;
}

@Controller()
class WorkController {
  @MessagePattern('work')
  work(@Payload() name: unknown): Promise<unknown> {
    return work(name);
  }

  @EventPattern('event')
  event(@Payload() name: unknown): Promise<unknown> {
    return work(name);
  }

  @MessagePattern('plain')
  plain(@Ctx() context: RemoteContext): string {
    return context.getPattern();
  }
}

let client: RemoteClient;
let server: RemoteServer;

beforeEach(async () => {
  waiting.clear();
  finished.length = 0;
  running = 0;
  most = 0;
  const service = await startService(
    { controllers: [WorkController] },
    { bind: 'tcp://127.0.0.1:*', concurrency: 2, shutdownTimeout: 1 },
  );
  server = service.server;
  client = createClient({ connect: service.address, timeout: 0 });
});

const release = (): void => [...waiting.values()].forEach((resolve) => resolve());

test('at most as many handlers run at once, and none of the others is lost', async () => {
  const names = Array.from({ length: 30 }, (_, n) => n);
  const answers = Promise.all(names.map((name) => client.call.work(name)));
  await expect.poll(() => [...waiting.keys()]).toEqual([0, 1]);
  let isDone = false;
  const done = answers.finally(() => (isDone = true));
  await expect.poll(() => (release(), isDone)).toBe(true);
  expect(await done).toEqual(names);
  expect(most).toBe(2);
  expect(server.dropCounts).toEqual(new Map());
});

test('events take a slot as requests do', async () => {
  for (const name of ['a', 'b', 'c']) {
    client.emit('event', name);
  }
  const answer = client.call.plain();
  await expect.poll(() => [...waiting.keys()]).toEqual(['a', 'b']);
  await expect.poll(() => (release(), finished.length)).toBe(3);
  expect(await answer).toBe('plain');
  expect(most).toBe(2);
});

test('a handler that timed out keeps its slot until it has really ended', async () => {
  const options = { bind: 'tcp://127.0.0.1:*', concurrency: 2, timeout: 20 };
  const { address } = await startService({ controllers: [WorkController] }, options);
  client = createClient({ connect: address, timeout: 0 });
  const calls = await Promise.allSettled([client.call.work('a'), client.call.work('b')]);
  expect(calls).toMatchObject([
    { reason: { message: 'method timed out after 20 ms (option timeout of the server)' } },
    { reason: { message: 'method timed out after 20 ms (option timeout of the server)' } },
  ]);
  await expect(client.issueCall('plain', [], { timeout: 100 })).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
  const answer = client.call.plain();
  release();
  expect(await answer).toBe('plain');
});
