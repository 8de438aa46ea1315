import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { Socket } from 'node:dgram';
import { Arg } from 'nestjs-remote';
import { describe, expect, test } from 'vitest';
import { vacantAddress } from '../robustness/processes.js';
import { createClient, startService } from '../support/nest.js';

@Controller()
class AddController {
  @MessagePattern('add')
  add(@Arg(0) a: number, @Arg(1) b: number): number {
    return a + b;
  }
}

const refused = { origin: 'local', code: 'UNAVAILABLE' };

describe('where nobody listens', () => {
  test('a call without a timeout fails, since the host refuses it', async () => {
    const address = await vacantAddress('udp');
    const client = createClient({ connect: address, timeout: 0 });

    await expect(client.call.add(1, 2)).rejects.toMatchObject({
      ...refused,
      message: `the link to ${address} was lost: connection refused`,
    });
  });

  test.each([2, 3, 50])('%i calls in flight all fail', async (count) => {
    const client = createClient({ connect: await vacantAddress('udp'), timeout: 0 });
    await client.connect();

    const calls = Array.from({ length: count }, (_, n) => client.call.add(n, 1));

    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: refused });
    }
  });

  test('one call after the other fails', async () => {
    const client = createClient({ connect: await vacantAddress('udp'), timeout: 0 });

    for (let count = 0; count < 20; count++) {
      await expect(client.call.add(1, 2)).rejects.toMatchObject(refused);
    }
  });

  test.each([2, 3, 50])('%i events are sent all the same', async (count) => {
    const client = createClient({ connect: await vacantAddress('udp'), timeout: 0 });
    await client.connect();

    await Promise.all(Array.from({ length: count }, (_, n) => client.notify.note(n)));

    expect([...client.dropCounts]).toEqual([]);
  });

  test('status shows the refusal, and then the link, which is up as before', async () => {
    const client = createClient({ connect: await vacantAddress('udp'), timeout: 0 });
    const seen: string[] = [];
    client.on('connect', () => seen.push('connect'));
    client.on('disconnect', (_, reason) => seen.push(reason));

    await client.call.add(1, 2).catch(() => undefined);

    expect(seen.slice(0, 3)).toEqual(['connect', 'connection refused', 'connect']);
  });
});

test('a call that the system does not send fails, since no link will come up for it', async () => {
  const client = createClient({ connect: await vacantAddress('udp'), timeout: 0 });
  await client.connect();
  const [socket] = client.unwrap<Socket[]>();
  socket?.disconnect();

  await expect(client.call.add(1, 2)).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('cannot send'),
  });
});

test('a client that was refused gets responses once a service listens there', async () => {
  const bind = await vacantAddress('udp');
  const client = createClient({ connect: bind, timeout: 0 });
  await expect(client.call.add(1, 2)).rejects.toMatchObject(refused);

  await startService({ controllers: [AddController] }, { bind });

  expect(await client.call.add(1, 2)).toBe(3);
});

test('a service that goes and comes back at its port is found again', async () => {
  const { app, address } = await startService(
    { controllers: [AddController] },
    { bind: 'udp://127.0.0.1:*' },
  );
  const client = createClient({ connect: address, timeout: 0 });
  expect(await client.call.add(1, 2)).toBe(3);
  await app.close();
  await expect(client.call.add(1, 2)).rejects.toMatchObject(refused);

  await startService({ controllers: [AddController] }, { bind: address });

  expect(await client.call.add(1, 2)).toBe(3);
});
