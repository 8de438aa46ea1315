import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { Args, RemoteContext } from 'nestjs-remote';
import { describe, expect, test } from 'vitest';
import { createClient, startService } from '../support/nest.js';

@Controller()
class WhereController {
  @MessagePattern('where')
  where(@Ctx() context: RemoteContext): string {
    return context.getSender().startsWith('127.0.0.1:') ? 'udp' : 'tcp';
  }

  @MessagePattern('size')
  size(@Args() [bytes]: Buffer[]): number {
    return bytes?.length ?? 0;
  }
}

const controllers = [WhereController];
const bind = ['tcp://127.0.0.1:*', 'udp://127.0.0.1:*'];

describe('a server bound to TCP and UDP', () => {
  test('has both addresses', async () => {
    const { server } = await startService({ controllers }, { bind });

    expect(server.addresses).toEqual([
      expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^udp:\/\/127\.0\.0\.1:\d+$/),
    ]);
  });

  test('responds by the way that the call came', async () => {
    const { server } = await startService({ controllers }, { bind });
    const [tcp = '', udp = ''] = server.addresses;

    expect(await createClient(tcp).call.where()).toBe('tcp');
    expect(await createClient(udp).call.where()).toBe('udp');
  });

  test('takes large arguments where there is room for them', async () => {
    const { server } = await startService({ controllers }, { bind });
    const [tcp = ''] = server.addresses;

    expect(await createClient(tcp).call.size(Buffer.alloc(100_000))).toBe(100_000);
  });
});

describe('a client connected to TCP and UDP', () => {
  test('takes turns between them', async () => {
    const { server } = await startService({ controllers }, { bind });
    const client = createClient({ connect: server.addresses });

    const ways = new Set<string>();
    await expect.poll(async () => ways.add((await client.call.where()) as string).size).toBe(2);
  });

  test('keeps to the limit of a datagram, since any call may become one', async () => {
    const { server } = await startService({ controllers }, { bind });
    const client = createClient({ connect: server.addresses });

    await expect(client.call.size(Buffer.alloc(100_000))).rejects.toMatchObject({
      origin: 'local',
      code: 'INVALID_ARGUMENT',
    });
  });
});
