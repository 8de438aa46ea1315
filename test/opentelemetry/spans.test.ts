import {
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  context,
  trace,
} from '@opentelemetry/api';
import type { MessageHandler } from '@nestjs/microservices';
import { NEVER, Subject, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { echo, hang, listen } from '../robustness/plain-service.js';
import { vacantAddress } from '../robustness/processes.js';
import { startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';
import { Telemetry } from './telemetry.js';

let telemetry: Telemetry;

beforeEach(() => {
  telemetry = new Telemetry();
});

/** That of the present provider: a tracer keeps its first one. */
const startSpan = (name: string): Span => trace.getTracer('test').startSpan(name);

/** Makes a span of its own, as instrumented code in a handler does. */
const working: MessageHandler = async () => {
  await new Promise((resolve) => setImmediate(resolve));
  startSpan('work').end();
  return 'done';
};

describe('a request', () => {
  it('has a span on both sides and those of its handler in one trace', async () => {
    const { address } = await listen({ requests: { run: working } });
    const client = createClient(address);
    const caller = startSpan('caller');
    await context.with(trace.setSpan(ROOT_CONTEXT, caller), () => client.issueCall('run', ['x']));
    caller.end();
    const [work, server, sent, outer] = await namedSpans('work', 'run', 'run', 'caller');
    expect(
      new Set([work, server, sent, outer].map((span) => span.spanContext().traceId)).size,
    ).toBe(1);
    expect(sent.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    expect(server.parentSpanContext?.spanId).toBe(sent.spanContext().spanId);
    expect(work.parentSpanContext?.spanId).toBe(server.spanContext().spanId);
    expect([sent.kind, server.kind]).toEqual([SpanKind.CLIENT, SpanKind.SERVER]);
    const port = Number(address.split(':').at(-1));
    expect(sent.attributes).toEqual({
      'rpc.system.name': 'nestjs-remote',
      'rpc.method': 'run',
      'rpc.status_code': 'OK',
      'server.address': '127.0.0.1',
      'server.port': port,
      'network.peer.address': '127.0.0.1',
      'network.peer.port': port,
    });
    expect(server.attributes).toEqual({
      'rpc.system.name': 'nestjs-remote',
      'rpc.method': 'run',
      'rpc.status_code': 'OK',
    });
    expect([sent.status, server.status]).toEqual([
      { code: SpanStatusCode.UNSET },
      { code: SpanStatusCode.UNSET },
    ]);
    expect(sent.instrumentationScope).toMatchObject({ name: 'nestjs-remote' });
  });

  it('does not put what its caller does with the values into its span', async () => {
    const { address } = await listen({ requests: { run: async () => of(1, 2) } });
    const active: unknown[] = [];
    await new Promise<void>((resolve) => {
      createClient(address)
        .send('run', 'x')
        .subscribe({
          next: () => active.push(trace.getActiveSpan()),
          complete: resolve,
        });
    });
    expect(active).toEqual([undefined, undefined]);
  });

  it('goes through a router in the same trace, which names the service', async () => {
    const { frontend, backend } = await startRouter();
    await listen({ requests: { run: working } }, { connect: backend, identity: 'service' });
    const client = createClient({ connect: frontend, address: 'service' });
    await expect
      .poll(() => client.issueCall('run', ['x']).catch(({ code }: { code: string }) => code))
      .toBe('done');
    const server = telemetry.spans.find(({ kind }) => kind === SpanKind.SERVER);
    const sent = telemetry.spans.find(
      (span) => span.spanContext().spanId === server?.parentSpanContext?.spanId,
    );
    expect(sent).toMatchObject({ kind: SpanKind.CLIENT });
    expect(sent?.spanContext().traceId).toBe(server?.spanContext().traceId);
    expect(sent?.attributes).toMatchObject({
      'server.address': 'service',
      'network.peer.port': Number(frontend.split(':').at(-1)),
    });
  });

  it('has spans until the end of its stream, which count the values', async () => {
    const values = new Subject<number>();
    const { address } = await listen({ requests: { run: async () => values } });
    const all = lastValueFrom(createClient(address).send('run', 'x').pipe(toArray()));
    await expect.poll(() => values.observed).toBe(true);
    values.next(1);
    values.next(2);
    expect(telemetry.spans).toEqual([]);
    values.complete();
    await all;
    const spans = await namedSpans('run', 'run');
    const counts = spans.map(({ attributes }) => attributes['nestjs_remote.items']);
    expect(counts).toEqual([1, 1]);
  });

  it.each<[string, string, MessageHandler]>([
    [
      'the code of its handler',
      'PERMISSION_DENIED',
      failing({ message: 'no', code: 'PERMISSION_DENIED' }),
    ],
    ['UNKNOWN where its handler gives none', 'UNKNOWN', failing({ message: 'no' })],
  ])('that fails has %s as its error on both sides', async (_what, code, handler) => {
    const { address } = await listen({ requests: { run: handler } });
    await settled(createClient(address).issueCall('run', ['x']));
    for (const span of await namedSpans('run', 'run')) {
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no' });
      expect(span.attributes).toMatchObject({ 'rpc.status_code': code, 'error.type': code });
    }
  });

  it('that is cancelled has CANCELLED on both sides', async () => {
    const { address } = await listen({ requests: { run: async () => NEVER, echo } });
    const client = createClient(address);
    await client.issueCall('echo', ['x']);
    const sending = client.send('run', 'x').subscribe();
    await expect.poll(() => client.stats.bytesOut).toBeGreaterThan(0);
    await client.issueCall('echo', ['x']);
    sending.unsubscribe();
    const spans = await namedSpans('run', 'run', 'echo', 'echo', 'echo', 'echo');
    for (const span of spans.slice(0, 2)) {
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
      expect(span.attributes).toMatchObject({ 'error.type': 'CANCELLED' });
    }
  });

  it('whose time is up has DEADLINE_EXCEEDED on both sides', async () => {
    const { address } = await listen({ requests: { hang, echo } });
    const client = createClient(address);
    await client.issueCall('echo', ['x']);
    await settled(client.issueCall('hang', ['x'], { timeout: 50 }));
    const [, , ...spans] = await namedSpans('echo', 'echo', 'hang', 'hang');
    const kinds = new Map(spans.map((span) => [span.kind, span.attributes['error.type']]));
    expect(kinds.get(SpanKind.CLIENT)).toBe('DEADLINE_EXCEEDED');
    expect(['DEADLINE_EXCEEDED', 'CANCELLED']).toContain(kinds.get(SpanKind.SERVER));
  });

  it('of a method that the server does not have is _OTHER there', async () => {
    const { address } = await listen({ requests: { echo } });
    await settled(createClient(address).issueCall('made up', ['x']));
    const [server] = await namedSpans('nestjs-remote', 'made up');
    expect(server?.attributes).toMatchObject({
      'rpc.method': '_OTHER',
      'rpc.method_original': 'made up',
      'error.type': 'UNIMPLEMENTED',
    });
  });

  it('that reaches nobody, or cannot be made, has a span with its error', async () => {
    const client = createClient({ connect: await vacantAddress(), timeout: 20 });
    await settled(client.issueCall('lost', ['x']));
    await settled(client.issueCall('odd', [2n ** 9000n]));
    const [lost, odd] = await namedSpans('lost', 'odd');
    expect(lost?.attributes).toMatchObject({ 'error.type': 'UNAVAILABLE' });
    expect(odd?.attributes).toMatchObject({ 'error.type': 'INVALID_ARGUMENT' });
  });

  it('that is repeated has a span for each try, which count the earlier ones', async () => {
    const client = createClient({ connect: await vacantAddress(), timeout: 20 });
    await settled(client.issueCall('lost', ['x'], { retries: 1 }));
    const spans = await namedSpans('lost', 'lost');
    expect(spans.map(({ attributes }) => attributes['nestjs_remote.retries'])).toEqual([
      undefined,
      1,
    ]);
    expect(spans[1]?.events).toMatchObject([
      { name: 'retry', attributes: { 'error.type': 'UNAVAILABLE' } },
    ]);
  });
});

describe('an event', () => {
  it('has a span of its producer and of its consumer in one trace', async () => {
    const { address } = await listen({ events: { stop: working } });
    createClient(address).emit('stop', 'now');
    const [sent, handled, work] = await namedSpans('send stop', 'process stop', 'work');
    expect([sent.kind, handled.kind]).toEqual([SpanKind.PRODUCER, SpanKind.CONSUMER]);
    expect(handled.parentSpanContext?.spanId).toBe(sent.spanContext().spanId);
    expect(work.parentSpanContext?.spanId).toBe(handled.spanContext().spanId);
    expect(sent.attributes).toMatchObject({
      'messaging.system': 'nestjs-remote',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'stop',
      'server.address': '127.0.0.1',
    });
    expect(handled.attributes).toEqual({
      'messaging.system': 'nestjs-remote',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'stop',
    });
  });

  it('whose handler fails has its error', async () => {
    const { address } = await listen({ events: { stop: failing({ message: 'no' }) } });
    createClient(address).emit('stop', 'now');
    const [, handled] = await namedSpans('send stop', 'process stop');
    expect(handled?.attributes).toMatchObject({ 'error.type': 'UNKNOWN' });
  });
});

type Spans = Awaited<ReturnType<Telemetry['spansNamed']>>;

function namedSpans(...names: string[]): Promise<Spans & Record<0 | 1 | 2 | 3, Spans[number]>> {
  return telemetry.spansNamed(...names) as Promise<Spans & Record<0 | 1 | 2 | 3, Spans[number]>>;
}

function failing(error: unknown): MessageHandler {
  return async () => throwError(() => error);
}

/** Whatever it ends with. */
const settled = (call: Promise<unknown>): Promise<unknown> => call.catch(() => undefined);
