import { setImmediate } from 'node:timers/promises';
import { of } from 'rxjs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CallSink } from '../../lib/client/calls/outgoing-request.js';
import type { EventSink } from '../../lib/client/calls/outgoing-event.js';
import { ClientEndpoint } from '../../lib/client/client-endpoint.js';
import { type RemoteClientOptions, resolveClientOptions } from '../../lib/client/client-options.js';
import { CallObserver } from '../../lib/observe/call-observer.js';
import { type CallRecorder, observe } from '../observe/observed-calls.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { echo, hang, listen } from '../robustness/plain-service.js';
import { vacantAddress } from '../robustness/processes.js';

const ignore = (): void => undefined;
const requestSink: CallSink = { item: ignore, responded: ignore, rejected: ignore };
const eventSink: EventSink = { sent: ignore, rejected: ignore };

const requests = {
  echo,
  hang,
  stream: () => Promise.resolve(of(1, 2, 3)),
  fail: () => Promise.reject(new Error('no')),
};

let source: object;
let recorder: CallRecorder;

beforeEach(() => {
  source = {};
  recorder = observe(source);
});

function observed(options: RemoteClientOptions): ClientEndpoint {
  const listener = {
    connected: ignore,
    disconnected: ignore,
    failed: ignore,
    warned: ignore,
    dropped: ignore,
    serversChanged: ignore,
  };
  const endpoint = new ClientEndpoint(
    resolveClientOptions(options),
    listener,
    new CallObserver('client', source),
  );
  onTestFinished(() => endpoint.close());
  return endpoint;
}

function linesOf({ observations }: CallRecorder): string[] {
  return observations.flatMap(({ side, kind, method, ends }) => {
    const call = `${side} ${kind} ${method}`;
    return [`started ${call}`, ...ends.map((end) => `ended ${call}: ${end}`)];
  });
}

/** Waits for the end of a call, and for what may follow it. */
async function expectObserved(...lines: string[]): Promise<void> {
  await expect.poll(() => linesOf(recorder).length).toBeGreaterThanOrEqual(lines.length);
  await setImmediate();
  expect(linesOf(recorder)).toEqual(lines);
}

describe('an observer of a client sees a request once', () => {
  let address: string;

  beforeEach(async () => {
    ({ address } = await listen({ requests }));
  });

  it.each([
    ['a value', 'echo', 'ok'],
    ['a stream', 'stream', 'ok'],
    ['an error of the service', 'fail', 'UNKNOWN'],
    ['a method that there is not', 'missing', 'UNIMPLEMENTED'],
  ])('that ends with %s', async (_ending, method, result) => {
    const client = observed({ connect: address });
    client.calls.request(method, [1], {}, requestSink);
    await expectObserved(
      `started client request ${method}`,
      `ended client request ${method}: ${result}`,
    );
  });

  it('that times out', async () => {
    observed({ connect: address }).calls.request('hang', [], { timeout: 20 }, requestSink);
    await expectObserved(
      'started client request hang',
      'ended client request hang: DEADLINE_EXCEEDED',
    );
  });

  it('that is cancelled, also after it has ended', async () => {
    const client = observed({ connect: address });
    const call = client.calls.request('hang', [], {}, requestSink);
    await expect.poll(() => call.state).toBe('sent');
    call.cancel();
    call.cancel();
    await expectObserved('started client request hang', 'ended client request hang: CANCELLED');
  });

  it('that the client ends by closing', async () => {
    const client = observed({ connect: address });
    const call = client.calls.request('hang', [], {}, requestSink);
    await expect.poll(() => call.state).toBe('sent');
    await client.close();
    await expectObserved('started client request hang', 'ended client request hang: CANCELLED');
  });

  it('whose link is lost', async () => {
    const proxy = await TcpProxy.open();
    onTestFinished(() => proxy.close());
    proxy.leadTo(address);
    const call = observed({ connect: proxy.address }).calls.request('hang', [], {}, requestSink);
    await expect.poll(() => call.state).toBe('sent');
    proxy.refuse();
    await expectObserved('started client request hang', 'ended client request hang: UNAVAILABLE');
  });

  it('that no link takes in time', async () => {
    const client = observed({ connect: await vacantAddress(), timeout: 20 });
    client.calls.request('echo', [1], {}, requestSink);
    await expectObserved('started client request echo', 'ended client request echo: UNAVAILABLE');
  });

  it('that cannot be made', () => {
    const client = observed({ connect: address });
    expect(() => client.calls.request('echo', [2n ** 9000n], {}, requestSink)).toThrow(
      'cannot send',
    );
    expect(linesOf(recorder)).toEqual([
      'started client request echo',
      'ended client request echo: INVALID_ARGUMENT',
    ]);
  });
});

describe('an observer of a client sees an event once', () => {
  it('that is sent', async () => {
    const { address } = await listen({ events: { stop: echo } });
    observed({ connect: address }).calls.notify('stop', [], {}, eventSink);
    await expectObserved('started client event stop', 'ended client event stop: ok');
  });

  it('that is cancelled before', async () => {
    const client = observed({ connect: await vacantAddress() });
    client.calls.notify('stop', [], {}, eventSink).cancel();
    await expectObserved('started client event stop', 'ended client event stop: CANCELLED');
  });

  it('that the client ends by closing', async () => {
    const client = observed({ connect: await vacantAddress() });
    client.calls.notify('stop', [], {}, eventSink);
    await client.close();
    await expectObserved('started client event stop', 'ended client event stop: CANCELLED');
  });
});
