import { AsyncLocalStorage } from 'node:async_hooks';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Arg, RemoteClient, type RemoteContext } from 'nestjs-remote';
import { type RemotePair, type RemotePairOptions, createRemotePair } from 'nestjs-remote/testing';
import { firstValueFrom, take, toArray } from 'rxjs';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

const events: unknown[] = [];
const ends: string[] = [];

@Controller()
class MathController {
  @MessagePattern('add')
  add(@Arg(0) a: number, @Arg(1) b: number): number {
    return a + b;
  }

  @MessagePattern('echo')
  echo(@Payload() value: unknown): unknown {
    return value;
  }

  @MessagePattern('count')
  async *count(): AsyncGenerator<number> {
    try {
      for (let number = 1; ; number++) {
        yield number;
      }
    } finally {
      ends.push('count');
    }
  }

  @MessagePattern('wait')
  wait(@Ctx() context: RemoteContext): Promise<never> {
    context.getSignal().addEventListener('abort', () => ends.push('wait'));
    return new Promise(() => undefined);
  }

  @MessagePattern('metadata')
  metadata(@Ctx() context: RemoteContext): unknown {
    return context.getMetadata();
  }

  @EventPattern('stop')
  stop(@Payload() when: string): void {
    events.push(when);
  }
}

/** A pair whose server serves the controller of this file. */
async function startPair(options?: RemotePairOptions): Promise<RemotePair<MathController>> {
  const pair = createRemotePair<MathController>(options);
  const module = await Test.createTestingModule({ controllers: [MathController] }).compile();
  const app = module.createNestMicroservice({ strategy: pair.server, logger: false });
  await app.listen();
  onTestFinished(async () => {
    await pair.client.close();
    await app.close();
  });
  return pair;
}

function cyclic(): object {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}

afterEach(() => {
  events.length = 0;
  ends.length = 0;
});

describe('a linked pair', () => {
  it('calls and notifies the handlers of a Nest app', async () => {
    const { client } = await startPair();
    expect(await client.call.add(1, 2)).toBe(3);
    expect(await firstValueFrom(client.send('echo', 'hello'))).toBe('hello');
    client.emit('stop', 'now');
    await expect.poll(() => events).toEqual(['now']);
  });

  it('carries values through the codec: neither side sees the objects of the other', async () => {
    const { client } = await startPair();
    const sent = { at: new Date(0), bytes: Buffer.from([1]), big: 2n ** 70n, gone: undefined };
    const got = await client.call.echo(sent);
    expect(got).toEqual({ at: new Date(0), bytes: Buffer.from([1]), big: 2n ** 70n });
    expect(got).not.toBe(sent);
    await expect(client.call.echo(cyclic())).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('streams, at the pace of its reader, until the caller has enough', async () => {
    const { client } = await startPair();
    const values = client.send('count', {}).pipe(take(3), toArray());
    expect(await firstValueFrom(values)).toEqual([1, 2, 3]);
    await expect.poll(() => ends).toEqual(['count']);
  });

  it('cancels a handler when its call is aborted', async () => {
    const { client } = await startPair();
    const abort = new AbortController();
    const call = client.issueCall('wait', [], { signal: abort.signal });
    await client.call.add(1, 2);
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => ends).toEqual(['wait']);
  });

  it('carries metadata', async () => {
    const { client } = await startPair();
    expect(await client.issueCall('metadata', [], { metadata: { tenant: 'a' } })).toEqual({
      tenant: 'a',
    });
  });

  it('delivers in the context of the receiving side', async () => {
    const { client, server } = createRemotePair();
    const storage = new AsyncLocalStorage<string>();
    server.addHandler('where', async () => storage.getStore() ?? 'nowhere');
    await storage.run('server', () => new Promise<void>((done) => server.listen(() => done())));
    expect(await storage.run('caller', () => client.call.where())).toBe('server');
    await client.close();
    await server.close();
  });

  it('lets calls wait for a server that listens later', async () => {
    const { client, server } = createRemotePair();
    const call = client.call.answer();
    server.addHandler('answer', async () => 42);
    server.listen(() => undefined);
    expect(await call).toBe(42);
    await client.close();
    await server.close();
  });

  it('ends the calls of a server that closes', async () => {
    const { client, server } = await startPair({ server: { shutdownTimeout: 1 } });
    const call = client.call.wait();
    await client.call.add(1, 2);
    await Promise.all([expect(call).rejects.toMatchObject({ code: 'CANCELLED' }), server.close()]);
    expect(ends).toEqual(['wait']);
  });

  it('takes further clients at its address', async () => {
    const { address } = await startPair();
    const other = new RemoteClient<MathController>({ connect: address });
    expect(await other.call.add(2, 3)).toBe(5);
    await other.close();
  });

  it('is apart from every other pair', async () => {
    const [one, other] = [await startPair(), createRemotePair({ client: { timeout: 1 } })];
    expect(one.address).not.toBe(other.address);
    await expect(other.client.call.add(1, 2)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await other.client.close();
  });

  it('takes the options of both ends', async () => {
    const { client } = await startPair({ server: { timeout: 1 }, client: { extension: false } });
    await expect(client.issueCall('wait')).rejects.toThrow('method timed out');
    const wrong = { client: { timeouts: 1 } } as RemotePairOptions;
    expect(() => createRemotePair(wrong)).toThrow('timeouts');
  });

  it('works while time stands still, and a test may let it pass', async () => {
    const { client } = await startPair();
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    expect(await client.call.add(1, 2)).toBe(3);
    const call = client.issueCall('wait', [], { timeout: 60_000 });
    const ended = expect(call).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(await client.call.add(2, 3)).toBe(5);
    await vi.advanceTimersByTimeAsync(60_001);
    await ended;
    vi.useRealTimers();
  });
});
