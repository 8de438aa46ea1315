import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { beforeEach, describe, expect, test } from 'vitest';
import { RawServer } from '../extension/raw-server.js';
import { Key, Type, type WireHeader, header, sequence } from '../extension/wire.js';
import { createClient, startService } from '../support/nest.js';
import type { RemoteClient } from 'nestjs-remote';

const REFUSED = header({ [Key.CODE]: 'RESOURCE_EXHAUSTED', [Key.REFUSED]: true });
const FAILED = header({ [Key.CODE]: 'RESOURCE_EXHAUSTED' });

let ran: unknown[];

beforeEach(() => {
  ran = [];
});

@Controller()
class FreeController {
  @MessagePattern('work')
  work(@Payload() name: unknown): unknown {
    ran.push(name);
    return name;
  }
}

/** Answers every request with an error. */
async function answerAll(server: RawServer, head: WireHeader | null): Promise<void> {
  for (;;) {
    const request = await server.request();
    const envelope = [Type.RESPONSE, request.envelope[1], ['too much to do', {}], null];
    await server.send(request, head ? sequence(envelope, head) : sequence(envelope));
  }
}

/** A client of these servers, once it is connected to all of them. */
async function connectTo(...addresses: string[]): Promise<RemoteClient> {
  const client = createClient({ connect: addresses });
  let links = 0;
  client.on('connect', () => links++);
  await client.connect();
  await expect.poll(() => links).toBe(addresses.length);
  return client;
}

describe('a call that a server has refused', () => {
  test('goes to another one, and each runs once', async () => {
    const busy = await RawServer.bind();
    void answerAll(busy, REFUSED);
    const free = await startService({ controllers: [FreeController] });
    const client = await connectTo(busy.address, free.address);
    const names = Array.from({ length: 20 }, (_, name) => name);
    const answers = await Promise.all(names.map((name) => client.call.work(name)));
    expect(answers).toEqual(names);
    expect(new Set(ran)).toEqual(new Set(names));
    expect(ran).toHaveLength(names.length);
    expect(busy.inbox.all.length).toBeGreaterThan(0);
    expect(client.dropCounts).toEqual(new Map());
  });

  test('with an attachment goes to another one', async () => {
    const busy = await RawServer.bind();
    void answerAll(busy, REFUSED);
    const free = await startService({ controllers: [FreeController] });
    const client = await connectTo(busy.address, free.address);
    await Promise.all([client.call.work(1), client.call.work(2)]); // Both are known to be extended.
    const bytes = Buffer.alloc(64 * 1024, 7);
    const answers = await Promise.all([client.call.work(bytes), client.call.work(bytes)]);
    expect(answers).toEqual([bytes, bytes]);
  });

  test('ends with the error once all servers have refused it', async () => {
    const servers = [await RawServer.bind(), await RawServer.bind()];
    servers.forEach((server) => void answerAll(server, REFUSED));
    const client = await connectTo(...servers.map(({ address }) => address));
    await expect(client.call.work(1)).rejects.toMatchObject({
      message: 'too much to do',
      code: 'RESOURCE_EXHAUSTED',
      origin: 'remote',
    });
    expect(servers.map(({ inbox }) => inbox.all.length)).toEqual([1, 1]);
  });
});

test.each([
  ['with that code but without that header', FAILED],
  ['of a base server', null],
])('an error %s ends the call: it may have run', async (_, head) => {
  const servers = [await RawServer.bind(), await RawServer.bind()];
  servers.forEach((server) => void answerAll(server, head));
  const client = await connectTo(...servers.map(({ address }) => address));
  await expect(client.call.work(1)).rejects.toMatchObject({ message: 'too much to do' });
  expect(servers.flatMap(({ inbox }) => inbox.all)).toHaveLength(1);
});
