import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { type RemoteClient, RemoteContext, type RemoteServer } from 'nestjs-remote';
import { createClient, startService } from '../support/nest.js';

const seen: unknown[] = [];

@Controller()
class SubscribingController {
  @EventPattern('weather')
  weather(@Payload() data: unknown): void {
    seen.push(['weather', data]);
  }

  @EventPattern('sensor.*')
  sensor(@Ctx() context: RemoteContext, @Payload() data: unknown): void {
    seen.push([context.getPattern(), data]);
  }

  @MessagePattern('request')
  request(): string {
    return 'answer';
  }
}

/** PUB does not know who has subscribed yet: sends until something has come. */
async function untilSubscribed(publisher: RemoteClient): Promise<void> {
  await expect
    .poll(async () => {
      await publisher.notify.weather('are you there?');
      return seen.length;
    })
    .toBeGreaterThan(0);
  seen.length = 0;
}

describe('PUB and SUB', () => {
  let publisher: RemoteClient;
  let server: RemoteServer;

  beforeEach(async () => {
    seen.length = 0;
    const service = await startService(
      { controllers: [SubscribingController] },
      { socket: 'sub', bind: 'tcp://127.0.0.1:*' },
    );
    server = service.server;
    publisher = createClient({ socket: 'pub', connect: service.address });
    await untilSubscribed(publisher);
  });

  const payloads = (name: string): unknown[] =>
    seen
      .filter((entry) => (entry as unknown[])[0] === name)
      .map((entry) => (entry as unknown[])[1]);

  test('an event reaches the handler of its topic', async () => {
    publisher.emit('weather', { rain: true });
    await expect.poll(() => payloads('weather')).toContainEqual({ rain: true });
  });

  test('a handler of prefix* takes every topic that begins with the prefix', async () => {
    await publisher.notify['sensor.1'](1);
    await publisher.notify['sensor.2'](2);
    await expect.poll(() => seen).toContainEqual(['sensor.2', 2]);
    expect(seen).toContainEqual(['sensor.1', 1]);
  });

  test('a topic that only begins with a pattern is dropped, counted and not reported', async () => {
    const reports: unknown[] = [];
    server.on('drop', (report) => reports.push(report));
    await publisher.notify['weather forecast'](1);
    await expect.poll(() => server.dropCounts.get('event of another topic')).toBe(1);
    expect(reports).toEqual([]);
    expect(payloads('weather forecast')).toEqual([]);
  });

  test('send and call reject with UNIMPLEMENTED', async () => {
    const expected = { code: 'UNIMPLEMENTED', origin: 'local' };
    await expect(firstValueFrom(publisher.send('request', 1))).rejects.toMatchObject(expected);
    await expect(publisher.call.request()).rejects.toMatchObject(expected);
  });
});

test('a PUB that is bound sends to every SUB that has connected', async () => {
  seen.length = 0;
  const address = 'inproc://bound-publisher';
  const publisher = createClient({ socket: 'pub', bind: address });
  await publisher.connect();
  const options = { socket: 'sub', connect: address } as const;
  await startService({ controllers: [SubscribingController] }, options);
  await startService({ controllers: [SubscribingController] }, options);
  await untilSubscribed(publisher);
  await publisher.notify.weather('both');
  await expect
    .poll(() => seen.filter((entry) => (entry as unknown[])[1] === 'both'))
    .toHaveLength(2);
});

test('topics replace those of the handlers, and address is the topic', async () => {
  seen.length = 0;
  const { address } = await startService(
    { controllers: [SubscribingController] },
    { socket: 'sub', bind: 'tcp://127.0.0.1:*', topics: 'north/' },
  );
  const north = createClient({ socket: 'pub', connect: address, address: 'north/1' });
  const south = createClient({ socket: 'pub', connect: address, address: 'south/1' });
  await untilSubscribed(north);
  await south.notify.weather('of the south');
  await north.notify.weather('of the north');
  await expect.poll(() => seen).toContainEqual(['weather', 'of the north']);
  expect(seen).not.toContainEqual(['weather', 'of the south']);
});
