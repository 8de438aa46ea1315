import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { type Observable, NEVER, firstValueFrom, of, throwError } from 'rxjs';
import { beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import {
  Arg,
  Args,
  RemoteCallError,
  RemoteClient,
  RemoteContext,
  RemoteRecordBuilder,
} from 'nestjs-remote';
import { createClient, startService } from '../support/nest.js';

const seen: unknown[] = [];

@Controller()
class CallController {
  @MessagePattern(['echo', 'then', 'toJSON', 'non-js-identifier', 'constructor', '__proto__'])
  echo(@Args() args: unknown[], @Ctx() context: RemoteContext): unknown {
    return [context.getPattern(), ...args];
  }

  @MessagePattern({ cmd: 'object' })
  object(): string {
    return 'object';
  }

  @MessagePattern('several')
  several(@Arg(0) count: number): Observable<number> {
    return of(...Array.from({ length: count }, (_, n) => n + 1));
  }

  @MessagePattern('never')
  never(): Observable<never> {
    return NEVER;
  }

  @MessagePattern('metadata')
  metadata(@Ctx() context: RemoteContext): unknown {
    return context.getMetadata();
  }

  @MessagePattern('fail')
  fail(@Payload() error: object | string): Observable<never> {
    return throwError(() => (typeof error === 'string' ? error : new RpcException(error)));
  }

  @EventPattern('event')
  event(@Ctx() context: RemoteContext, @Args() args: unknown): void {
    seen.push([args, context.getMetadata()]);
  }
}

let client: RemoteClient;

beforeEach(async () => {
  seen.length = 0;
  const { address } = await startService({ controllers: [CallController] });
  client = createClient(address);
});

describe('call', () => {
  test('calls any name with positional arguments', async () => {
    expect(await client.call.echo(1, 'two', [3])).toEqual(['echo', 1, 'two', [3]]);
    expect(await client.call['non-js-identifier']()).toEqual(['non-js-identifier']);
    expect(await client.call['constructor'](1)).toEqual(['constructor', 1]);
    expect(await client.call['__proto__'](1)).toEqual(['__proto__', 1]);
  });

  test('is no promise: awaiting it neither calls nor hangs', async () => {
    expect(await client.call).toBe(client.call);
    expect(await client.notify).toBe(client.notify);
  });

  test.each(['then', 'toJSON'])('issueCall reaches a method named %s', async (name) => {
    expect(client.call[name]).toBeUndefined();
    expect(await client.issueCall(name, [1])).toEqual([name, 1]);
  });

  test('can be shown and serialised without calling anything', () => {
    expect(JSON.stringify({ call: client.call as unknown })).toBe('{"call":{}}');
    expect((client.call as Record<symbol, unknown>)[Symbol.iterator]).toBeUndefined();
    expect(Object.keys(client.call as object)).toEqual([]);
  });

  test('gives the same function for the same name', () => {
    expect(client.call.echo).toBe(client.call.echo);
  });

  test('of a method with several values is the last one', async () => {
    expect(await client.call.several(3)).toBe(3);
    expect(await client.call.several(0)).toBeUndefined();
  });

  test('of a method with several values is the last one without the extension too', async () => {
    const { address } = await startService({ controllers: [CallController] });
    const base = createClient({ connect: address, extension: false });
    expect(await base.call.several(3)).toBe(3);
    expect(await base.call.several(0)).toBeNull();
    expect(await firstValueFrom(base.send('several', 3))).toBe(3);
  });

  test('rejects with a RemoteCallError of what the handler threw', async () => {
    const error = (await client.call
      .fail({ message: 'm', a: 1 })
      .catch((e: unknown) => e)) as Error;
    expect(error).toBeInstanceOf(RemoteCallError);
    expect(error).toMatchObject({ message: 'm', origin: 'remote', code: 'UNKNOWN' });
    expect(error).toMatchObject({ context: { a: 1 } });
  });

  test('takes a code of ours from the thrown object', async () => {
    await expect(client.call.fail({ message: 'm', code: 'DATA_LOSS' })).rejects.toMatchObject({
      code: 'DATA_LOSS',
    });
    await expect(client.call.fail({ message: 'm', code: 'E1' })).rejects.toMatchObject({
      code: 'UNKNOWN',
      context: { code: 'E1' },
    });
  });

  test('rejects with UNIMPLEMENTED for an unknown method', async () => {
    await expect(client.call.unknown()).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
      origin: 'remote',
      context: { method: 'unknown' },
    });
  });
});

describe('issueCall', () => {
  test('takes an object as pattern', async () => {
    expect(await client.issueCall({ cmd: 'object' })).toBe('object');
  });

  test('timeout ends this call alone, naming the option', async () => {
    await client.connect(); // Until then the time runs out without a server.
    await expect(client.issueCall('never', [], { timeout: 20 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(await client.issueCall('echo')).toEqual(['echo']);
  });

  test('a signal that aborts ends the call with CANCELLED, its reason as the cause', async () => {
    const controller = new AbortController();
    const call = client.issueCall('never', [], { signal: controller.signal });
    controller.abort('enough');
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED', cause: 'enough' });
  });

  test('a signal that was aborted before sends nothing', async () => {
    const signal = AbortSignal.abort();
    const sent = client.issueCall('event', [], { signal, notification: true });
    await expect(sent).rejects.toMatchObject({ code: 'CANCELLED' });
    await client.call.echo();
    expect(seen).toEqual([]);
  });

  test('metadata reaches the context', async () => {
    const metadata = { traceparent: '00-1-2-03' };
    expect(await client.issueCall('metadata', [], { metadata })).toEqual(metadata);
  });

  test('notification sends an event', async () => {
    const sent = await client.issueCall('event', [1, 2], { notification: true });
    expect(sent).toBeUndefined();
    await expect.poll(() => seen).toEqual([[[1, 2], undefined]]);
  });

  test('notify sends an event', async () => {
    await client.notify.event();
    await client.notify.event(1, 2);
    await expect
      .poll(() => seen)
      .toEqual([
        [[], undefined],
        [[1, 2], undefined],
      ]);
  });
});

describe('RemoteRecordBuilder', () => {
  test('sets the timeout of one send', async () => {
    const record = new RemoteRecordBuilder(1).setTimeout(200).build();
    await client.connect();
    await expect(firstValueFrom(client.send('never', record))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  test('sets the metadata of one emit, with positional arguments', async () => {
    const builder = RemoteRecordBuilder.fromArguments(1, 2).setMetadata({ a: 'b' });
    client.emit('event', builder.build());
    await expect.poll(() => seen).toEqual([[[1, 2], { a: 'b' }]]);
  });

  test('sets an address, which a direct server ignores', async () => {
    const record = new RemoteRecordBuilder(1).setAddress('svc').build();
    expect(await firstValueFrom(client.send('echo', record))).toEqual(['echo', 1]);
  });

  test('the dispatch hook sees the payload, or the array where there is not exactly one', async () => {
    const data: unknown[] = [];
    client.setOnDispatchHook((packet) => data.push(packet.data));
    await client.call.echo(1);
    await client.call.echo(1, 2);
    await client.notify.event();
    expect(data).toEqual([1, [1, 2], []]);
  });
});

describe('types', () => {
  interface Echo {
    echo(a: number, b?: string): Promise<[string, number]>;
    plain(): number;
    stream(n: number): Observable<string>;
    iterable(): AsyncIterable<Date>;
    promised(): Promise<Observable<boolean>>;
    property: number;
  }

  test("an interface of the service's methods types call and notify", () => {
    type Call = RemoteClient<Echo>['call'];
    expectTypeOf<Call['echo']>().toEqualTypeOf<
      (a: number, b?: string) => Promise<[string, number]>
    >();
    expectTypeOf<Call['plain']>().toEqualTypeOf<() => Promise<number>>();
    expectTypeOf<Call['stream']>().toEqualTypeOf<(n: number) => Promise<string>>();
    expectTypeOf<Call['iterable']>().toEqualTypeOf<() => Promise<Date>>();
    expectTypeOf<Call['promised']>().toEqualTypeOf<() => Promise<boolean>>();
    expectTypeOf<keyof Call>().toEqualTypeOf<
      'echo' | 'plain' | 'stream' | 'iterable' | 'promised'
    >();
    expectTypeOf<RemoteClient<Echo>['notify']['echo']>().toEqualTypeOf<
      (a: number, b?: string) => Promise<void>
    >();
  });

  test('a controller class fits as well, and a plain client takes any name', () => {
    expectTypeOf<RemoteClient<CallController>['call']['object']>().returns.toEqualTypeOf<
      Promise<string>
    >();
    expectTypeOf<RemoteClient['call']>().toBeAny();
  });
});
