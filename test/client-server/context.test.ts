import { Controller } from '@nestjs/common';
import { BaseRpcContext, Ctx, MessagePattern } from '@nestjs/microservices';
import { NEVER, type Observable, finalize } from 'rxjs';
import { beforeEach, expect, test } from 'vitest';
import { RemoteCallError, type RemoteClient, RemoteContext } from 'nestjs-remote';
import { createClient, type RunningService, startService } from '../support/nest.js';

let context: RemoteContext | undefined;
let aborted: Promise<unknown>;
let unsubscribed = 0;

function keep(received: RemoteContext): void {
  context = received;
  const signal = received.getSignal();
  aborted = new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}

@Controller()
class ContextController {
  @MessagePattern('keep')
  keep(@Ctx() received: RemoteContext): void {
    keep(received);
  }

  @MessagePattern('never')
  never(@Ctx() received: RemoteContext): Promise<never> {
    keep(received);
    return new Promise(() => undefined);
  }

  @MessagePattern('never observable')
  neverObservable(@Ctx() received: RemoteContext): Observable<never> {
    keep(received);
    return NEVER.pipe(finalize(() => unsubscribed++));
  }
}

let service: RunningService;
let client: RemoteClient;

beforeEach(async () => {
  context = undefined;
  unsubscribed = 0;
  service = await startService(
    { controllers: [ContextController] },
    { bind: 'tcp://127.0.0.1:*', timeout: 60_000, shutdownTimeout: 20 },
  );
  client = createClient({ connect: service.address, identity: 'the caller', timeout: 50_000 });
});

test('is a BaseRpcContext with the pattern, the sender and the arguments', async () => {
  await client.call.keep(1, 'two');
  expect(context).toBeInstanceOf(BaseRpcContext);
  expect(context?.getPattern()).toBe('keep');
  expect(context?.getSender()).toBe('the caller');
  expect(context?.getCallArguments()).toEqual([1, 'two']);
  expect(context?.getArgByIndex(0)).toBe('keep');
});

test('getCallArguments() is an array also where there is one argument or none', async () => {
  await client.call.keep([1]);
  expect(context?.getCallArguments()).toEqual([[1]]);
  await client.call.keep();
  expect(context?.getCallArguments()).toEqual([]);
});

test('getMetadata() is what the caller set, and undefined where it set none', async () => {
  await client.issueCall('keep', [], { metadata: { a: 'b' } });
  expect(context?.getMetadata()).toEqual({ a: 'b' });
  await client.issueCall('keep', [], { metadata: {} });
  expect(context?.getMetadata()).toBeUndefined();
  await client.issueCall('keep');
  expect(context?.getMetadata()).toBeUndefined();
});

test("getDeadline() is the caller's where that is the earlier one", async () => {
  const before = Date.now();
  await client.call.keep();
  expect(context?.getDeadline()?.getTime()).toBeLessThanOrEqual(Date.now() + 50_000);
  expect(context?.getDeadline()?.getTime()).toBeGreaterThan(before);
});

test("getDeadline() is the server's where the caller has none", async () => {
  const before = Date.now();
  await client.issueCall('keep', [], { timeout: 0 });
  expect(context?.getDeadline()?.getTime()).toBeGreaterThanOrEqual(before + 60_000);
});

test('getDeadline() is undefined where neither side has a timeout', async () => {
  const options = { bind: 'tcp://127.0.0.1:*', timeout: 0 };
  const { address } = await startService({ controllers: [ContextController] }, options);
  await createClient({ connect: address, timeout: 0 }).call.keep();
  expect(context?.getDeadline()).toBeUndefined();
});

test('getSignal() does not abort after a response', async () => {
  await client.call.keep();
  expect(context?.getSignal().aborted).toBe(false);
});

test.each(['never', 'never observable'])('%s: getSignal() aborts on the timeout', async (name) => {
  const options = { bind: 'tcp://127.0.0.1:*', timeout: 20 };
  const { address } = await startService({ controllers: [ContextController] }, options);
  await expect(createClient(address).issueCall(name)).rejects.toMatchObject({
    message: 'method timed out after 20 ms (option timeout of the server)',
    context: { timeout: 0.02 },
    code: 'DEADLINE_EXCEEDED',
    origin: 'remote',
  });
  const reason = await aborted;
  expect(reason).toBeInstanceOf(RemoteCallError);
  expect(reason).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: 'method timed out after 20 ms (option timeout of the server)',
  });
  expect(unsubscribed).toBe(name === 'never' ? 0 : 1);
});

test.each(['never', 'never observable'])('%s: getSignal() aborts on close', async (name) => {
  const call = client.issueCall(name);
  const failed = expect(call).rejects.toMatchObject({ code: 'CANCELLED', origin: 'remote' });
  await expect.poll(() => context).toBeDefined();
  await service.server.close();
  await failed;
  expect(await aborted).toMatchObject({ code: 'CANCELLED', message: 'the server was closed' });
  expect(unsubscribed).toBe(name === 'never' ? 0 : 1);
});

test('getSignal() aborts when the caller is gone', async () => {
  const call = client.issueCall('never');
  const failed = expect(call).rejects.toMatchObject({ code: 'CANCELLED', origin: 'local' });
  await expect.poll(() => context).toBeDefined();
  await client.close();
  await failed;
  expect(await aborted).toMatchObject({ code: 'CANCELLED' });
});
