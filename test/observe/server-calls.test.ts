import { RpcException, type MessageHandler } from '@nestjs/microservices';
import { EMPTY, NEVER, Observable, Subject, concat, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { RemoteServer, RemoteServerOptions } from 'nestjs-remote';
import { RawClient } from '../extension/raw-client.js';
import { Type, header, sequence } from '../extension/wire.js';
import { runningOn } from '../model/inside.js';
import { type Handlers, echo, hang, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { type CallRecorder, observe } from './observed-calls.js';

const BIND = 'tcp://127.0.0.1:*';

async function listenObserved(
  handlers: Handlers,
  options: RemoteServerOptions = {},
): Promise<{ server: RemoteServer; observer: CallRecorder; address: string }> {
  const { server, address } = await listen(handlers, { bind: BIND, ...options });
  return { server, observer: observe(server), address };
}

/** A handler of these values. */
const values =
  (result: Observable<unknown>): MessageHandler =>
  async () =>
    result;

/** Whatever it ends with. */
const settled = (call: Promise<unknown>): Promise<unknown> => call.catch(() => undefined);

const failing = (error: unknown): MessageHandler => values(throwError(() => error));

describe('the observer of a server', () => {
  it.each<[what: string, end: string, handler: MessageHandler]>([
    ['a value', 'ok', echo],
    ['no value', 'ok', values(EMPTY)],
    ['several values', 'ok', values(of(1, 2, 3))],
    ['an error without a code', 'UNKNOWN', failing({ message: 'no' })],
    [
      'an error with a code',
      'PERMISSION_DENIED',
      failing({ message: 'no', code: 'PERMISSION_DENIED' }),
    ],
    ['values and then an error', 'UNKNOWN', values(concat(of(1, 2), failingLater()))],
    [
      'an error that is not for the caller',
      'UNKNOWN',
      async () => {
        throw new RpcException('past the filters');
      },
    ],
    ['a value that cannot be encoded', 'INTERNAL', async () => 2n ** 9000n],
    ['a value of several that cannot be encoded', 'INTERNAL', values(of(2n ** 9000n, 1))],
    ['a time that is up', 'DEADLINE_EXCEEDED', hang],
    ['values that never came within the time', 'DEADLINE_EXCEEDED', values(NEVER)],
  ])('sees a request start, and end once, with %s: %s', async (_, end, handler) => {
    const { observer, address } = await listenObserved(
      { requests: { run: handler, echo } },
      { timeout: 100 },
    );
    const client = createClient(address);
    await settled(client.call.run('x'));
    await client.call.echo('after');
    expect(observer.observations).toEqual([
      { side: 'server', kind: 'request', method: 'run', ends: [end] },
      { side: 'server', kind: 'request', method: 'echo', ends: ['ok'] },
    ]);
  });

  it('sees a stream end when its last value is sent, not before', async () => {
    const stream = new Subject<number>();
    const { observer, address } = await listenObserved({ requests: { run: values(stream) } });
    const ended = new Promise<void>((resolve) => {
      createClient(address)
        .send('run', 'x')
        .subscribe({
          next: () => {
            expect(observer.endsOf('run')).toEqual([[]]);
            stream.complete();
          },
          complete: resolve,
        });
    });
    await expect.poll(() => stream.observed).toBe(true);
    stream.next(1);
    await ended;
    expect(observer.endsOf('run')).toEqual([['ok']]);
  });

  it('sees a cancelled request end once, though its handler responds afterwards', async () => {
    const stream = new Subject<number>();
    const result = new Subject<string>();
    const { server, observer, address } = await listenObserved({
      requests: {
        echo,
        stream: values(stream),
        promise: () => new Promise((resolve) => result.subscribe(resolve)),
      },
    });
    const client = createClient(address);
    // Only to a server that has responded with a header does a client send CANCEL.
    await client.call.echo('x');
    const subscriptions = ['stream', 'promise'].map((name) => client.send(name, 'x').subscribe());
    await expect.poll(() => stream.observed && result.observed).toBe(true);
    subscriptions.forEach((subscription) => subscription.unsubscribe());
    await expect.poll(() => observer.endsOf('promise')).toEqual([['CANCELLED']]);
    result.next('late');
    await expect.poll(() => runningOn(server)).toBe(0);
    expect(observer.endsOf('stream')).toEqual([['CANCELLED']]);
    expect(observer.endsOf('promise')).toEqual([['CANCELLED']]);
  });

  it('sees the request of a client that goes end', async () => {
    const { observer, address } = await listenObserved({ requests: { hang } });
    const client = createClient(address);
    const call = settled(client.call.hang('x'));
    await expect.poll(() => observer.endsOf('hang')).toEqual([[]]);
    await client.close();
    await call;
    await expect.poll(() => observer.endsOf('hang')).toEqual([['CANCELLED']]);
  });

  it('sees a request end that has no handler', async () => {
    const { observer, address } = await listenObserved({});
    await settled(createClient(address).call.missing());
    expect(observer.endsOf('missing')).toEqual([['UNIMPLEMENTED']]);
  });

  it('does not see a request that repeats the id of a running one', async () => {
    const { server, observer, address } = await listenObserved({ requests: { hang } });
    const peer = new RawClient(address);
    await peer.request(7, 'hang');
    await peer.request(7, 'hang');
    await expect.poll(() => server.dropCounts.get('request that is already running')).toBe(1);
    expect(observer.endsOf('hang')).toEqual([[]]);
  });
});

describe('the observer of a server that closes', () => {
  it('sees what waits, what comes and what runs too long end once each', async () => {
    const { server, observer, address } = await listenObserved(
      { requests: { hang }, events: { event: echo } },
      { concurrency: 1, shutdownTimeout: 100 },
    );
    const peer = new RawClient(address);
    await peer.request(1, 'hang', ['runs']);
    await peer.request(2, 'hang', ['waits']);
    await expect.poll(() => observer.endsOf('hang')).toEqual([[], []]);
    const closed = server.close();
    await peer.request(3, 'hang', ['comes']);
    await peer.send(sequence([Type.NOTIFICATION, 'event', []], header()));
    await peer.inbox.untilAnswered(1);
    await closed;
    expect(observer.endsOf('hang')).toEqual([['CANCELLED'], ['UNAVAILABLE'], ['UNAVAILABLE']]);
    expect(observer.endsOf('event')).toEqual([['UNAVAILABLE']]);
  });
});

describe('the observer of events', () => {
  it.each<[what: string, end: string, handler: MessageHandler]>([
    ['a handler that completes', 'ok', echo],
    ['a handler of several values', 'ok', values(of(1, 2))],
    ['a handler that fails', 'UNKNOWN', failing({ message: 'no' })],
    [
      'a handler that throws',
      'UNKNOWN',
      async () => {
        throw new Error('no');
      },
    ],
  ])('sees an event start, and end once, by %s: %s', async (_, end, handler) => {
    const { observer, address } = await listenObserved({ events: { run: handler } });
    createClient(address).emit('run', 'x');
    await expect
      .poll(() => observer.observations)
      .toEqual([{ side: 'server', kind: 'event', method: 'run', ends: [end] }]);
  });

  it('sees an event end when its handler has ended, not before', async () => {
    const stream = new Subject<number>();
    const { observer, address } = await listenObserved({ events: { run: values(stream) } });
    createClient(address).emit('run', 'x');
    await expect.poll(() => stream.observed).toBe(true);
    expect(observer.endsOf('run')).toEqual([[]]);
    stream.complete();
    expect(observer.endsOf('run')).toEqual([['ok']]);
  });

  it('sees an event end that has no handler', async () => {
    const { observer, address } = await listenObserved({});
    createClient(address).emit('missing', 'x');
    await expect.poll(() => observer.endsOf('missing')).toEqual([['UNIMPLEMENTED']]);
  });
});

/** Fails in a later turn than it is subscribed to. */
function failingLater(): Observable<never> {
  return new Observable((subscriber) => {
    setImmediate(() => subscriber.error({ message: 'no' }));
  });
}
