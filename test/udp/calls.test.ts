import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import type { Socket } from 'node:dgram';
import { Arg, RemoteCallError, RemoteContext, RemoteRecordBuilder } from 'nestjs-remote';
import { NEVER, type Observable, firstValueFrom, of } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { createClient, startService } from '../support/nest.js';

const events: unknown[] = [];

@Controller()
class DatagramController {
  @MessagePattern('sum')
  sum(@Payload() numbers: number[]): number {
    return numbers.reduce((total, number) => total + number, 0);
  }

  @MessagePattern('add')
  add(@Arg(0) a: number, @Arg(1) b: number): number {
    return a + b;
  }

  @MessagePattern('context')
  context(@Ctx() context: RemoteContext): unknown {
    const hasDeadline = context.getDeadline() !== undefined;
    return [context.getSender(), context.getMetadata() ?? 'none', hasDeadline];
  }

  @MessagePattern('several')
  several(): Observable<number> {
    return of(1, 2, 3);
  }

  @MessagePattern('nothing')
  nothing(): void {}

  @MessagePattern('never')
  never(): Observable<never> {
    return NEVER;
  }

  @MessagePattern('refuse')
  refuse(): never {
    throw new RpcException({ message: 'no funds', balance: 5 });
  }

  @MessagePattern('bug')
  bug(): never {
    throw new TypeError('a secret of the implementation');
  }

  @EventPattern('note')
  note(@Ctx() context: RemoteContext): void {
    events.push([context.getCallArguments(), context.getMetadata()]);
  }
}

const controllers = [DatagramController];

beforeEach(() => {
  events.length = 0;
});

describe.each([
  ['IPv4', 'udp://127.0.0.1:*', /^127\.0\.0\.1:\d+$/],
  ['IPv6', 'udp://[::1]:*', /^\[::1\]:\d+$/],
])('a service over UDP and %s', (_, bind, sender) => {
  test('responds to send and call', async () => {
    const { address } = await startService({ controllers }, { bind });
    const client = createClient(address);

    expect(await firstValueFrom(client.send('sum', [1, 2, 3]))).toBe(6);
    expect(await client.call.add(1, 2)).toBe(3);
  });

  test('knows its caller by host and port', async () => {
    const { address } = await startService({ controllers }, { bind });
    const client = createClient(address);

    const [caller] = (await client.call.context()) as string[];

    const [socket] = client.unwrap<Socket[]>();
    expect(caller).toMatch(sender);
    expect(caller?.endsWith(`:${socket?.address().port}`)).toBe(true);
  });

  test('takes events', async () => {
    const { address } = await startService({ controllers }, { bind });
    const client = createClient(address);

    await client.notify.note(1, 'two');
    client.emit('note', { three: 3 });

    await expect
      .poll(() => events)
      .toEqual([
        [[1, 'two'], undefined],
        [[{ three: 3 }], undefined],
      ]);
  });
});

describe('over UDP', () => {
  const bind = 'udp://127.0.0.1:*';

  test('timeouts and metadata travel with a call', async () => {
    const { address } = await startService({ controllers }, { bind, timeout: 0 });
    const client = createClient({ connect: address, timeout: 0 });
    const record = new RemoteRecordBuilder('x').setTimeout(10_000).setMetadata({ a: 'b' }).build();

    expect(await firstValueFrom(client.send('context', record))).toMatchObject([
      expect.any(String),
      { a: 'b' },
      true,
    ]);
    expect(await client.call.context()).toMatchObject([expect.any(String), 'none', false]);
  });

  test('metadata travels with an event', async () => {
    const { address } = await startService({ controllers }, { bind });
    const client = createClient(address);

    await client.issueCall('note', [1], { notification: true, metadata: { a: 'b' } });

    await expect.poll(() => events).toEqual([[[1], { a: 'b' }]]);
  });

  test.each([
    ['the client', { timeout: 0 }, { extension: false }],
    ['the server', { timeout: 0, extension: false }, {}],
  ])('calls work where %s is without the extension', async (_, server, client) => {
    const { address } = await startService({ controllers }, { bind, ...server });
    const caller = createClient({ connect: address, ...client });

    expect(await caller.call.add(1, 2)).toBe(3);
    expect(await caller.issueCall('context', [], { metadata: { a: 'b' } })).toMatchObject([
      expect.any(String),
      'none',
      false,
    ]);
    await expect(caller.call.refuse()).rejects.toMatchObject({ context: { balance: 5 } });
  });

  test('a handler with several values responds with the last', async () => {
    const { address } = await startService({ controllers }, { bind });

    expect(await firstValueFrom(createClient(address).send('several', 1))).toBe(3);
  });

  test('a handler that returns nothing responds with nothing', async () => {
    const { address } = await startService({ controllers }, { bind });

    expect(await createClient(address).call.nothing()).toBeUndefined();
  });

  test("send emits Nest's error object, and call rejects with a RemoteCallError", async () => {
    const { address } = await startService({ controllers }, { bind });
    const client = createClient(address);

    await expect(firstValueFrom(client.send('refuse', 1))).rejects.toEqual({
      message: 'no funds',
      balance: 5,
    });
    const error: unknown = await client.call.refuse().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RemoteCallError);
    expect(error).toMatchObject({
      message: 'no funds',
      context: { balance: 5 },
      origin: 'remote',
    });
  });

  test('what a handler throws is masked', async () => {
    const { address } = await startService({ controllers }, { bind });

    await expect(firstValueFrom(createClient(address).send('bug', 1))).rejects.toEqual({
      status: 'error',
      message: 'Internal server error',
    });
  });

  test('an unknown pattern gets an error response', async () => {
    const { address } = await startService({ controllers }, { bind });

    await expect(createClient(address).call.nope()).rejects.toMatchObject({
      message: 'There is no matching message handler defined in the remote service.',
      origin: 'remote',
      code: 'UNIMPLEMENTED',
    });
  });

  test("a call ends by the client's timeout", async () => {
    const { address } = await startService(
      { controllers },
      {
        bind,
        extension: false,
        shutdownTimeout: 1,
      },
    );

    const call = createClient(address).issueCall('never', [], { timeout: 50 });

    await expect(call).rejects.toMatchObject({
      origin: 'local',
      code: 'DEADLINE_EXCEEDED',
      message: "no response to 'never' within 50 ms (option timeout)",
    });
  });

  test("a call ends by the server's timeout", async () => {
    const { address } = await startService({ controllers }, { bind, timeout: 50 });

    await expect(createClient(address).call.never()).rejects.toMatchObject({
      origin: 'remote',
      code: 'DEADLINE_EXCEEDED',
      context: { timeout: 0.05 },
    });
  });
});
