import { Logger } from '@nestjs/common';
import { RemoteCallError, type RemoteClient, RemoteServer } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listenHeld } from '../drain/held-calls.js';
import { RawClient } from '../extension/raw-client.js';
import { echo, listen, start } from '../robustness/plain-service.js';
import { startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';

const STATUS = {
  instance: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  uptime: expect.any(Number) as number,
  inFlight: 0,
};

describe('$/ping', () => {
  it.each(['tcp://127.0.0.1:*', 'udp://127.0.0.1:*'])(
    'is answered by every server: %s',
    async (bind) => {
      const { address } = await listen({}, { bind });
      expect(await createClient(address).issueCall('$/ping')).toEqual(STATUS);
    },
  );

  it('is answered by a server without the extension, and to a client without it', async () => {
    const { address } = await listen({}, { bind: 'tcp://127.0.0.1:*', extension: false });
    const client = createClient({ connect: address, extension: false });
    expect(await client.issueCall('$/ping')).toEqual(STATUS);
  });

  it('goes through a router to the service of its address', async () => {
    const { frontend, backend } = await startRouter();
    await listen({}, { connect: backend, identity: 'math' });
    const client = createClient({ connect: frontend });
    const ask = (): Promise<unknown> => client.issueCall('$/ping', [], { address: 'math' });
    await expect.poll(() => ask().catch(() => undefined), { timeout: 20_000 }).toEqual(STATUS);
  });

  it('tells a restart by another instance', async () => {
    const { server, address } = await listen({});
    const first = await createClient(address).issueCall<{ instance: string }>('$/ping');
    await server.close();
    await start(server);
    const [again = ''] = server.addresses;
    const second = await createClient(again).issueCall<{ instance: string }>('$/ping');
    expect(second.instance).not.toBe(first.instance);
  });

  it('counts the requests that run and wait, and itself not', async () => {
    const { held, address } = await listenHeld({ concurrency: 1 });
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    const calls = [client.call.wait(1), client.call.wait(2)];
    await expect.poll(() => client.issueCall('$/ping')).toMatchObject({ inFlight: 2 });
    held.release(1);
    await expect.poll(() => held.isWaiting(2)).toBe(true);
    held.release(2);
    await Promise.all(calls);
    expect(await client.issueCall('$/ping')).toMatchObject({ inFlight: 0 });
  });

  it('is answered while the queue is full', async () => {
    const { held, address } = await listenHeld({ concurrency: 1, queue: { maxCalls: 0 } });
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    const call = client.call.wait(1);
    await expect.poll(() => held.isWaiting(1)).toBe(true);
    await expect(client.call.echo(2)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect(await client.issueCall('$/ping')).toMatchObject({ inFlight: 1 });
    held.release(1);
    await call;
  });

  it('is not held back by a client that has no credit', async () => {
    const { held, address } = await listenHeld({ concurrency: 1, queue: { maxCalls: 1 } });
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    expect(await client.call.echo(1)).toBe(1);
    // With its first response the client learns of its credit, of which more calls need more.
    const calls = Array.from({ length: 8 }, (_, index) =>
      client.call.wait(index).catch(() => 'refused'),
    );
    await expect.poll(() => held.isWaiting(0)).toBe(true);
    expect(await client.issueCall('$/ping')).toMatchObject({
      inFlight: expect.any(Number) as number,
    });
    const release = setInterval(() => held.releaseAll(), 5);
    onTestFinished(() => clearInterval(release));
    await Promise.all(calls);
  });

  it('is answered while the server closes, and says so', async () => {
    const { held, server, address } = await listenHeld();
    const client: RemoteClient = createClient(address);
    const call = client.call.wait(1);
    await expect.poll(() => held.isWaiting(1)).toBe(true);
    const late = new RawClient(address);
    const answer = async (): Promise<unknown> => {
      const { envelope } = await late.call('$/ping');
      return Object.fromEntries(envelope[3] as Map<string, unknown>);
    };
    expect(await answer()).toEqual({ ...STATUS, inFlight: 1 });
    const closed = server.close();
    expect(await answer()).toEqual({ ...STATUS, inFlight: 1, draining: true });
    held.release(1);
    expect(await call).toBe(1);
    await closed;
  });
});

describe('a reserved method', () => {
  it('never reaches a handler, be it of its name or of all events', async () => {
    const seen: unknown[] = [];
    const see = async (data: unknown): Promise<void> => void seen.push(data);
    const { server, address } = await listen({
      requests: { '$/ping': see, '$/own': see, echo },
      events: { '$/own.event': see, '*': see },
    });
    const client = createClient(address);
    expect(await client.issueCall('$/ping')).toEqual(STATUS);
    await expect(client.issueCall('$/own')).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
      origin: 'remote',
      message: "there is no method '$/own': methods that begin with $/ are reserved",
      context: { method: '$/own' },
    });
    await client.issueCall('$/own.event', ['lost'], { notification: true });
    await client.issueCall('seen', ['event'], { notification: true });
    await expect.poll(() => seen).toEqual(['event']);
    expect(server.dropCounts.get('event of a reserved name')).toBe(1);
  });

  it('that an own handler has is warned of', async () => {
    const warnings: unknown[] = [];
    Logger.overrideLogger({
      log: () => undefined,
      error: () => undefined,
      warn: (message) => void warnings.push(message),
    });
    onTestFinished(() => Logger.overrideLogger(false));
    const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
    server.addHandler('$/own', echo);
    await start(server);
    onTestFinished(() => server.close());
    expect(warnings).toEqual([
      "nobody can call '$/own': what begins with $/ is for the server itself",
    ]);
  });
});

describe('$/describe', () => {
  it('is not answered unless reflection is on, and the error names the option', async () => {
    const { address } = await listen({ requests: { echo } });
    const error: unknown = await createClient(address)
      .issueCall('$/describe')
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RemoteCallError);
    expect(error).toMatchObject({ code: 'UNIMPLEMENTED' });
    expect((error as Error).message).toContain('give it reflection: true');
  });
});
