import { Controller, Injectable } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { randomBytes } from 'node:crypto';
import { type RemoteClient, udpKey } from 'nestjs-remote';
import { describe, expect, test } from 'vitest';
import { createClient, startService } from '../support/nest.js';

@Injectable()
class Heard {
  readonly texts = new Set<string>();
}

@Controller()
class MemberController {
  constructor(private readonly heard: Heard) {}

  @EventPattern('device')
  device(@Payload() text: string): void {
    this.heard.texts.add(text);
  }

  @MessagePattern('echo')
  echo(@Payload() text: string): string {
    return text;
  }
}

const datagramOptions = { multicastInterface: '127.0.0.1' };

async function join(bind: string, options: object = { datagramOptions }) {
  const { app, address } = await startService(
    { controllers: [MemberController], providers: [Heard] },
    { bind, ...options },
  );
  return { address, texts: app.get(Heard).texts };
}

/** Repeats an event until everyone has heard it: nobody promises that the first one arrives. */
async function emitUntilHeard(
  client: RemoteClient,
  text: string,
  members: readonly { texts: Set<string> }[],
): Promise<void> {
  await expect
    .poll(async () => {
      await client.notify['device'](text);
      return members.filter(({ texts }) => texts.has(text)).length;
    })
    .toBe(members.length);
}

describe('a multicast group', () => {
  test('of two services gets the events of one sender', async () => {
    const one = await join('udp://239.255.77.2:*');
    const other = await join(one.address);
    const client = createClient({ connect: one.address, datagramOptions });

    await emitUntilHeard(client, 'first', [one, other]);
    await emitUntilHeard(client, 'second', [one, other]);

    expect([...one.texts]).toEqual(['first', 'second']);
    expect([...other.texts]).toEqual(['first', 'second']);
  });

  test('responds to a call, of whose responses the first counts', async () => {
    const one = await join('udp://239.255.77.3:*');
    await join(one.address);
    const client = createClient({ connect: one.address, datagramOptions, timeout: 1000 });

    expect(await client.issueCall('echo', ['text'], { retries: 10 })).toBe('text');
  });
});

describe('a multicast group with keys', () => {
  const security = udpKey({ id: 'group', key: randomBytes(32) });

  test('of two services gets the events of one sender, once each has asked who it is', async () => {
    const one = await join('udp://239.255.77.4:*', { datagramOptions, security });
    const other = await join(one.address, { datagramOptions, security });
    const client = createClient({ connect: one.address, datagramOptions, security });

    await emitUntilHeard(client, 'first', [one, other]);
    await emitUntilHeard(client, 'second', [one, other]);

    expect([...one.texts]).toEqual(['first', 'second']);
    expect([...other.texts]).toEqual(['first', 'second']);
  });

  test('responds to a call, of whose responses the first counts', async () => {
    const one = await join('udp://239.255.77.5:*', { datagramOptions, security });
    await join(one.address, { datagramOptions, security });
    const options = { connect: one.address, datagramOptions, security, timeout: 1000 };

    const client: RemoteClient = createClient(options);

    expect(await client.issueCall('echo', ['text'], { retries: 10 })).toBe('text');
  });

  test('takes no events of others', async () => {
    const one = await join('udp://239.255.77.6:*', { datagramOptions, security });
    const stranger = createClient({ connect: one.address, datagramOptions });
    const client = createClient({ connect: one.address, datagramOptions, security });

    await stranger.notify['device']('forged');
    await emitUntilHeard(client, 'sealed', [one]);

    expect([...one.texts]).toEqual(['sealed']);
  });
});

test('a broadcast address reaches who listens on its network', async () => {
  const service = await join('udp://0.0.0.0:*', { security: 'none' });
  const port = service.address.slice(service.address.lastIndexOf(':') + 1);
  const client = createClient({
    connect: `udp://127.255.255.255:${port}`,
    datagramOptions: { broadcast: true },
  });

  await emitUntilHeard(client, 'to all', [service]);

  expect([...service.texts]).toEqual(['to all']);
});
