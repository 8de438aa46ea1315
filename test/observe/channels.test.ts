import diagnosticsChannel, { tracingChannel } from 'node:diagnostics_channel';
import { AsyncLocalStorage } from 'node:async_hooks';
import { type MessageHandler } from '@nestjs/microservices';
import type {
  RemoteCallMessage,
  RemoteItemMessage,
  RemoteLinkMessage,
  RemoteRetryMessage,
} from 'nestjs-remote';
import { NEVER, Subject, concat, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { echo, hang, listen } from '../robustness/plain-service.js';
import { vacantAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';

/** Subscribes to a channel until the test has finished. */
function subscribe<Message>(name: string, listener: (message: Message) => void): void {
  const subscriber = (message: unknown): void => listener(message as Message);
  diagnosticsChannel.subscribe(name, subscriber);
  onTestFinished(() => void diagnosticsChannel.unsubscribe(name, subscriber));
}

/** The names of the events of calls of a method, in order, and the message of the latest. */
class EventLog {
  readonly names: string[] = [];
  message: RemoteCallMessage | undefined;

  constructor(channel: string, method: string) {
    for (const event of ['start', 'end', 'asyncStart', 'asyncEnd', 'error']) {
      subscribe<RemoteCallMessage>(`tracing:${channel}:${event}`, (message) => {
        if (message.method === method) {
          this.names.push(event);
          this.message = message;
        }
      });
    }
  }
}

const stream: MessageHandler = async () => of('a', 'b', 'c');

describe.each(['client', 'server'] as const)('the channels of a %s', (side) => {
  it('tell of a request as Node documents it, with one object', async () => {
    const log = new EventLog(`nestjs-remote:${side}.request`, 'echo');
    const messages = new Set<RemoteCallMessage>();
    subscribe<RemoteCallMessage>(`tracing:nestjs-remote:${side}.request:start`, (call) =>
      messages.add(call),
    );
    const { server, address } = await listen({ requests: { echo } });
    const client = createClient(address);
    await client.issueCall('echo', ['x'], { metadata: { from: 'me' } });
    expect(log.names).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(messages).toEqual(new Set([log.message]));
    expect(log.message).toMatchObject({
      side,
      kind: 'request',
      method: 'echo',
      args: ['x'],
      metadata: { from: 'me' },
      isKnown: true,
      items: 0,
      retries: 0,
      result: 'x',
    });
    expect(log.message?.source).toBe(side === 'client' ? client : server);
    expect(log.message?.code).toBeUndefined();
  });

  it('tell of an error before the end of its request', async () => {
    const log = new EventLog(`nestjs-remote:${side}.request`, 'fail');
    const fail: MessageHandler = async () =>
      throwError(() => ({ message: 'no', code: 'PERMISSION_DENIED' }));
    const { address } = await listen({ requests: { fail } });
    await createClient(address)
      .issueCall('fail')
      .catch(() => undefined);
    expect(log.names).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(log.message).toMatchObject({
      code: 'PERMISSION_DENIED',
      error: {
        name: 'RemoteCallError',
        message: 'no',
        code: 'PERMISSION_DENIED',
        origin: side === 'client' ? 'remote' : 'local',
      },
    });
  });

  it('tell of each value of a stream', async () => {
    const log = new EventLog(`nestjs-remote:${side}.request`, 'stream');
    const items: unknown[] = [];
    subscribe<RemoteItemMessage>(`nestjs-remote:${side}.item`, ({ call, value }) =>
      items.push([call.method, value]),
    );
    const { address } = await listen({ requests: { stream } });
    await lastValueFrom(createClient(address).send('stream', 'x').pipe(toArray()));
    expect(items).toEqual([
      ['stream', 'a'],
      ['stream', 'b'],
    ]);
    expect(log.message).toMatchObject({ items: 2, result: 'c' });
  });

  it('tell of an event', async () => {
    const log = new EventLog(`nestjs-remote:${side}.event`, 'stop');
    const { address } = await listen({ events: { stop: echo } });
    createClient(address).emit('stop', 'now');
    await expect.poll(() => log.names).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(log.message).toMatchObject({ kind: 'event', args: ['now'], isKnown: true });
  });

  it('tell when a link comes up and goes down', async () => {
    const events: unknown[] = [];
    const sources: unknown[] = [];
    subscribe<RemoteLinkMessage>(`nestjs-remote:${side}.link`, (link) => {
      const { source, ...rest } = link;
      sources.push(source);
      events.push(rest);
    });
    const { server, address } = await listen({ requests: { echo } });
    const client = createClient(address);
    await client.connect();
    await client.close();
    await server.close();
    expect(events).toEqual([
      { side, state: 'up', address },
      { side, state: 'down', address, reason: 'closed' },
    ]);
    const source = side === 'client' ? client : server;
    expect(sources).toEqual([source, source]);
  });
});

describe('the channels of a client', () => {
  it('tell of a call that cannot be made, which has no asynchronous part', async () => {
    const log = new EventLog('nestjs-remote:client.request', 'echo');
    const { address } = await listen({ requests: { echo } });
    const call = createClient(address).issueCall('echo', [2n ** 9000n]);
    await expect(call).rejects.toThrow('cannot send');
    expect(log.names).toEqual(['start', 'error', 'end']);
    expect(log.message).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('let a subscriber add metadata, which the handler reads', async () => {
    subscribe<RemoteCallMessage>('tracing:nestjs-remote:client.request:start', ({ metadata }) => {
      metadata['traceparent'] = '00-trace';
    });
    const read: MessageHandler = async (_data, context) => context.getMetadata();
    const { address } = await listen({ requests: { read } });
    const client = createClient(address);
    const metadata = { mine: 'kept' };
    expect(await client.issueCall('read', [], { metadata })).toEqual({
      mine: 'kept',
      traceparent: '00-trace',
    });
    expect(metadata).toEqual({ mine: 'kept' });
  });

  it('name the service behind a router, and the link', async () => {
    const log = new EventLog('nestjs-remote:client.request', 'echo');
    const { address } = await listen({ requests: { echo } });
    const client = createClient({ connect: address, address: Buffer.from('service') });
    await client.issueCall('echo', ['x']);
    expect(log.message).toMatchObject({ peer: 'service', link: address });
  });

  it('tell of a call that is cancelled', async () => {
    const log = new EventLog('nestjs-remote:client.request', 'hang');
    const { address } = await listen({ requests: { hang } });
    createClient(address).send('hang', 'x').subscribe().unsubscribe();
    expect(log.names).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(log.message).toMatchObject({ code: 'CANCELLED', error: { code: 'CANCELLED' } });
  });

  it('tell of a call that is repeated', async () => {
    const retries: unknown[] = [];
    subscribe<RemoteRetryMessage>('nestjs-remote:client.retry', ({ call, code }) =>
      retries.push([call.method, call.retries, code]),
    );
    const client = createClient({ connect: await vacantAddress(), timeout: 20 });
    await client.issueCall('echo', ['x'], { retries: 2 }).catch(() => undefined);
    expect(retries).toEqual([
      ['echo', 1, 'UNAVAILABLE'],
      ['echo', 2, 'UNAVAILABLE'],
    ]);
  });

  it('tell of an idempotent call that is repeated, since its server was lost', async () => {
    const retries: unknown[] = [];
    subscribe<RemoteRetryMessage>('nestjs-remote:client.retry', ({ call, code }) =>
      retries.push([call.method, call.retries, code]),
    );
    const calls: unknown[] = [];
    const count = (): Promise<unknown> =>
      calls.push('count') === 1 ? new Promise(() => undefined) : Promise.resolve('done');
    const { address } = await listen({ requests: { count } });
    const proxy = await TcpProxy.open();
    onTestFinished(() => proxy.close());
    proxy.leadTo(address);
    const client = createClient({ connect: proxy.address, idempotent: true });
    const call = client.issueCall('count');
    await expect.poll(() => calls).toHaveLength(1);
    proxy.cut();
    expect(await call).toBe('done');
    expect(retries).toEqual([['count', 1, 'UNAVAILABLE']]);
  });

  it('tell of a call that goes to another server, since one has refused it', async () => {
    const retries: unknown[] = [];
    subscribe<RemoteRetryMessage>('nestjs-remote:client.retry', ({ call, code }) =>
      retries.push([call.method, call.retries, code]),
    );
    const options = { bind: 'tcp://127.0.0.1:*', concurrency: 1, queue: { maxCalls: 0 } };
    const handlers = { requests: { hang } };
    const services = [await listen(handlers, options), await listen(handlers, options)];
    const client = createClient({ connect: services.map(({ address }) => address) });
    await Promise.all(services.map(({ address }) => occupy(address)));
    await client.issueCall('hang', ['x']).catch(() => undefined);
    expect(retries).toEqual([['hang', 1, 'RESOURCE_EXHAUSTED']]);
  });
});

/** Takes the only slot of a server. */
async function occupy(address: string): Promise<void> {
  const client = createClient(address);
  client.send('hang', 'x').subscribe({ error: () => undefined });
  await expect.poll(() => client.stats.bytesOut).toBeGreaterThan(0);
  await client.issueCall('hang', ['y']).catch(() => undefined);
}

describe('the channels of a server', () => {
  it('run the handler with the stores that are bound to start', async () => {
    const store = new AsyncLocalStorage<string>();
    const { start } = tracingChannel<string, RemoteCallMessage>('nestjs-remote:server.request');
    start.bindStore(store, ({ method }) => `in ${method}`);
    onTestFinished(() => void start.unbindStore(store));
    const where: MessageHandler = async () => store.getStore();
    const { address } = await listen({ requests: { where } }, { bind: 'tcp://127.0.0.1:*' });
    expect(await createClient(address).issueCall('where')).toBe('in where');
  });

  it('run the handler in the context that a subscriber chooses, also after it has waited', async () => {
    const store = new AsyncLocalStorage<unknown>();
    subscribe<RemoteCallMessage>('tracing:nestjs-remote:server.request:start', (call) => {
      call.run = (handle) => store.run(call.args[0], handle);
    });
    const release = new Subject<void>();
    const where: MessageHandler = async () => {
      await lastValueFrom(release, { defaultValue: undefined });
      return store.getStore();
    };
    const options = { bind: 'tcp://127.0.0.1:*', concurrency: 1 };
    const { server, address } = await listen({ requests: { where } }, options);
    const client = createClient(address);
    const calls = ['first', 'second'].map((name) => client.issueCall('where', [name]));
    await expect.poll(() => server.stats.calls).toBe(2);
    release.complete();
    expect(await Promise.all(calls)).toEqual(['first', 'second']);
  });

  it('say who calls, and that there is no handler', async () => {
    const log = new EventLog('nestjs-remote:server.request', 'missing');
    const { address } = await listen({ requests: { echo } });
    const client = createClient({ connect: address, identity: 'caller' });
    await client.issueCall('missing').catch(() => undefined);
    expect(log.message).toMatchObject({ peer: 'caller', isKnown: false, code: 'UNIMPLEMENTED' });
  });

  it.each<[string, MessageHandler]>([
    ['before its first value', async () => NEVER],
    ['after values', async () => concat(of(1, 2), NEVER)],
  ])('tell of a stream that is cancelled %s', async (_when, handler) => {
    const log = new EventLog('nestjs-remote:server.request', 'run');
    const { address } = await listen({ requests: { run: handler, echo } });
    const client = createClient(address);
    await client.issueCall('echo', ['x']);
    const subscription = client.send('run', 'x').subscribe();
    await expect.poll(() => log.names).toEqual(['start', 'end']);
    subscription.unsubscribe();
    await expect.poll(() => log.names.at(-1)).toBe('asyncEnd');
    expect(log.message).toMatchObject({
      code: 'CANCELLED',
      error: { message: 'the caller cancelled the call' },
    });
  });
});
