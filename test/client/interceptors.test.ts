import { Controller, Logger } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import {
  type RemoteCall,
  RemoteCallError,
  RemoteClient,
  type RemoteClientOptions,
  type RemoteContext,
  type RemoteInterceptor,
  RemoteRecordBuilder,
} from 'nestjs-remote';
import { EMPTY, firstValueFrom, map, of, retry, tap, toArray } from 'rxjs';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient, startService } from '../support/nest.js';

const handled: unknown[] = [];
const stopped: unknown[] = [];
let failures = 0;

@Controller()
class CountingController {
  @MessagePattern('echo')
  echo(@Payload() value: unknown): unknown {
    handled.push(value);
    return value;
  }

  @MessagePattern('tenant')
  tenant(@Ctx() context: RemoteContext): unknown {
    return context.getMetadata();
  }

  @MessagePattern('count')
  async *count(): AsyncGenerator<number> {
    try {
      for (let value = 1; ; value++) {
        yield value;
      }
    } finally {
      stopped.push('count');
    }
  }

  @MessagePattern('three')
  async *three(): AsyncGenerator<number> {
    yield* [1, 2, 3];
  }

  @MessagePattern('flaky')
  flaky(): string {
    if (failures-- > 0) {
      throw new RpcException({ message: 'not yet', code: 'UNAVAILABLE', tries: failures });
    }
    return 'done';
  }

  @EventPattern('stop')
  stop(@Payload() value: unknown): void {
    handled.push(value);
  }
}

async function start(
  interceptors: NonNullable<RemoteClientOptions['interceptors']>,
): Promise<RemoteClient> {
  const { address } = await startService({ controllers: [CountingController] });
  return createClient({ connect: address, interceptors });
}

/** Passes every call on, and keeps it. */
function recorder(): { calls: RemoteCall[]; record: RemoteInterceptor } {
  const calls: RemoteCall[] = [];
  return {
    calls,
    record: (call, next) => {
      calls.push(call);
      return next.handle();
    },
  };
}

const twice: RemoteInterceptor = (_call, next) => next.handle().pipe(retry(2));

const broken: RemoteInterceptor = () => {
  throw new TypeError('broken');
};

beforeEach(() => {
  handled.length = 0;
  stopped.length = 0;
  failures = 0;
});

describe('interceptors of a client', () => {
  it('see the calls of send, call, issueCall and stream, and the events of emit and notify', async () => {
    const { calls, record } = recorder();
    const client = await start(record);
    await firstValueFrom(client.send('echo', 1));
    await client.call['echo']?.(2);
    await client.issueCall('echo', [3], { timeout: 1000, metadata: { tenant: 'a' } });
    for await (const value of client.stream['three']?.() ?? []) {
      expect(value).toBeGreaterThan(0);
    }
    client.emit('stop', 4);
    await client.notify['stop']?.(5);
    const options = {};
    expect(calls).toEqual([
      { kind: 'request', method: 'echo', args: [1], options },
      { kind: 'request', method: 'echo', args: [2], options },
      {
        kind: 'request',
        method: 'echo',
        args: [3],
        options: { timeout: 1000, metadata: { tenant: 'a' } },
      },
      { kind: 'request', method: 'three', args: [], options },
      { kind: 'event', method: 'stop', args: [4], options },
      { kind: 'event', method: 'stop', args: [5], options },
    ]);
    await expect.poll(() => handled).toEqual([1, 2, 3, 4, 5]);
  });

  it('are called in their order, and see results in the reverse order', async () => {
    const add =
      (mark: string): RemoteInterceptor =>
      (call, next) =>
        next
          .handle({ ...call, args: [`${String(call.args[0])}${mark}`] })
          .pipe(map((value) => `${String(value)}${mark}`));
    const client = await start([add('a'), add('b')]);
    expect(await client.call['echo']?.('-')).toBe('-abba');
    expect(handled).toEqual(['-ab']);
  });

  it('change what the handler gets beside the arguments', async () => {
    const client = await start((call, next) => {
      const metadata = { ...call.options.metadata, tenant: 'a' };
      return next.handle({ ...call, options: { ...call.options, metadata } });
    });
    const record = new RemoteRecordBuilder({}).setMetadata({ user: 'u' }).build();
    expect(await firstValueFrom(client.send('tenant', record))).toEqual({ user: 'u', tenant: 'a' });
  });

  it('repeat a call by subscribing again', async () => {
    const client = await start(twice);
    failures = 2;
    expect(await client.call['flaky']?.()).toBe('done');
    failures = 2;
    expect(await firstValueFrom(client.send('flaky', {}))).toBe('done');
  });

  it('see errors of a service as RemoteCallError, which send gives as the object that was sent', async () => {
    const seen: unknown[] = [];
    const client = await start((_call, next) =>
      next.handle().pipe(tap({ error: (error: unknown) => seen.push(error) })),
    );
    failures = 1;
    await expect(firstValueFrom(client.send('flaky', {}))).rejects.toEqual({
      message: 'not yet',
      code: 'UNAVAILABLE',
      tries: 0,
    });
    failures = 1;
    const error: unknown = await client.call['flaky']?.().catch((reason: unknown) => reason);
    expect(seen[1]).toBe(error);
    expect(seen[0]).toBeInstanceOf(RemoteCallError);
    expect(seen[0]).toMatchObject({ origin: 'remote', code: 'UNAVAILABLE', message: 'not yet' });
  });

  it('answer without a call', async () => {
    const client = await start(() => of('cached'));
    expect(await client.call['echo']?.(1)).toBe('cached');
    expect(await firstValueFrom(client.send('echo', 1).pipe(toArray()))).toEqual(['cached']);
    expect(client.stats.calls).toBe(0);
    expect(handled).toEqual([]);
  });

  it('drop an event without an error', async () => {
    const client = await start(() => EMPTY);
    await client.notify['stop']?.(1);
    expect(client.dropCounts.size).toBe(0);
  });

  it('pass the values of a stream on, and its cancellation', async () => {
    const client = await start(recorder().record);
    expect(await firstValueFrom(client.send('three', {}).pipe(toArray()))).toEqual([1, 2, 3]);
    expect(await client.call['three']?.()).toBe(3);
    expect(await firstValueFrom(client.send('count', {}))).toBe(1);
    await expect.poll(() => stopped).toEqual(['count']);
  });

  it('end a call with the error that they throw', async () => {
    const client = await start(broken);
    await expect(client.call['echo']?.(1)).rejects.toThrow(new TypeError('broken'));
    await expect(firstValueFrom(client.send('echo', 1))).rejects.toThrow(new TypeError('broken'));
  });

  it('end an event with the error that they throw, which is counted once', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    onTestFinished(() => void vi.restoreAllMocks());
    const client = await start(broken);
    client.emit('stop', 1);
    await expect(client.notify['stop']?.(1)).rejects.toThrow(new TypeError('broken'));
    expect(client.dropCounts).toEqual(new Map([['event not sent', 2]]));
  });

  it('leave an event that cannot be sent counted once', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    onTestFinished(() => void vi.restoreAllMocks());
    const client = await start(recorder().record);
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    await expect(client.notify['stop']?.(cyclic)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(client.dropCounts).toEqual(new Map([['event not sent', 1]]));
  });

  it('that give no Observable end the call, and the error says what to return', async () => {
    const client = await start((() => undefined) as never);
    await expect(client.call['echo']?.(1)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('return next.handle() or another Observable'),
    });
  });

  it('are called for each try of retries', async () => {
    const { calls, record } = recorder();
    const client = createClient({
      connect: 'tcp://127.0.0.1:1',
      timeout: 20,
      interceptors: record,
    });
    await expect(client.issueCall('echo', [1], { retries: 1 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(calls).toHaveLength(2);
  });

  it('keep the hooks of a subclass, whose errors end the call', async () => {
    class PickyClient extends RemoteClient {
      protected override serializeResponse(response: unknown): unknown {
        if (response === 'bad') {
          throw new RangeError('picky');
        }
        return { response };
      }
    }
    const { address } = await startService({ controllers: [CountingController] });
    const interceptors = [recorder().record];
    const client = new PickyClient({ connect: address, interceptors });
    onTestFinished(() => client.close());
    expect(await client.call['echo']?.(1)).toEqual({ response: 1 });
    expect(await firstValueFrom(client.send('echo', 1))).toEqual({ response: 1 });
    await expect(client.call['echo']?.('bad')).rejects.toThrow(new RangeError('picky'));
    await expect(firstValueFrom(client.send('echo', 'bad'))).rejects.toThrow(
      new RangeError('picky'),
    );
  });

  it('may be left out, and must be functions', () => {
    expect(
      () => new RemoteClient({ connect: 'tcp://127.0.0.1:1', interceptors: [] }),
    ).not.toThrow();
    expect(
      () => new RemoteClient({ connect: 'tcp://127.0.0.1:1', interceptors: [{} as never] }),
    ).toThrow('option interceptors');
  });
});
