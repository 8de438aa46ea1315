import { Inject, Injectable, Logger } from '@nestjs/common';
import { ClientsModule, RpcException } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { RemoteCallError, RemoteClient, remoteClient } from 'nestjs-remote';
import { fakeService } from 'nestjs-remote/testing';
import { lastValueFrom, of, toArray } from 'rxjs';
import { expect, it, onTestFinished, vi } from 'vitest';

/** The client of a fake service that is closed when the test has finished. */
function clientOf<Methods extends object>(methods: Methods): RemoteClient<Methods> {
  const { client, close } = fakeService(methods);
  onTestFinished(close);
  return client;
}

it('serves the methods of an object', async () => {
  const client = clientOf({ add: (a: number, b: number) => a + b, later: async () => 'done' });
  expect(await client.call.add(1, 2)).toBe(3);
  expect(await client.call.later()).toBe('done');
});

it('serves the methods of a class, with its own state', async () => {
  class Counter {
    private count = 0;

    next(): number {
      return ++this.count;
    }
  }
  const client = clientOf(new Counter());
  expect([await client.call.next(), await client.call.next()]).toEqual([1, 2]);
});

it('streams Observables and AsyncIterables', async () => {
  const client = clientOf({
    observed: () => of(1, 2),
    iterated: async function* iterated() {
      yield 3;
      yield 4;
    },
  });
  const valuesOf = (pattern: 'observed' | 'iterated'): Promise<unknown[]> =>
    lastValueFrom(client.send(pattern, {}).pipe(toArray()));
  expect(await valuesOf('observed')).toEqual([1, 2]);
  expect(await valuesOf('iterated')).toEqual([3, 4]);
});

it('takes events, and spies that are set later', async () => {
  const methods = { stop: (_when: string): void => undefined };
  const client = clientOf(methods);
  const stop = vi.spyOn(methods, 'stop');
  await client.notify.stop('now');
  client.emit('stop', 'later');
  await expect.poll(() => stop.mock.calls).toEqual([['now'], ['later']]);
});

it('passes on the errors that are for the caller, and masks and logs the others', async () => {
  const log = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
  const client = clientOf({
    refuse: () => {
      throw new RemoteCallError('not you', { door: 3 }, { code: 'PERMISSION_DENIED' });
    },
    reject: () => {
      throw new RpcException({ message: 'no', reason: 'none' });
    },
    fail: async () => Promise.reject(new Error('a secret')),
  });
  await expect(client.call.refuse()).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    message: 'not you',
    context: { door: 3 },
    origin: 'remote',
  });
  await expect(client.call.reject()).rejects.toMatchObject({
    message: 'no',
    context: { reason: 'none' },
  });
  await expect(client.call.fail()).rejects.toThrow('Internal server error');
  expect(String(log.mock.calls)).toContain('a secret');
});

it('knows no other method', async () => {
  const client = clientOf({ add: (a: number, b: number) => a + b });
  for (const name of ['subtract', 'toString', 'constructor']) {
    await expect(client.issueCall(name)).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  }
});

it('takes the place of a client that an app injects', async () => {
  @Injectable()
  class Caller {
    constructor(@Inject('MATH') readonly math: RemoteClient) {}
  }
  const math = fakeService({ add: (a: number, b: number) => a + b });
  onTestFinished(math.close);
  const module = await Test.createTestingModule({
    imports: [
      ClientsModule.register([remoteClient({ name: 'MATH', connect: 'tcp://127.0.0.1:9' })]),
    ],
    providers: [Caller],
  })
    .overrideProvider('MATH')
    .useValue(math.client)
    .compile();
  expect(await module.get(Caller).math.call.add(1, 2)).toBe(3);
  await module.close();
});
