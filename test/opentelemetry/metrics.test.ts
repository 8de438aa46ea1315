import { readFile } from 'node:fs/promises';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { RemoteInstrumentation } from 'nestjs-remote/opentelemetry';
import { describe, expect, it } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { Telemetry } from './telemetry.js';

describe('the metrics', () => {
  it('are the durations of requests in seconds, by method and code', async () => {
    const telemetry = new Telemetry();
    const { address } = await listen({ requests: { echo } });
    const client = createClient(address);
    await client.issueCall('echo', ['x']);
    await client.issueCall('echo', ['x']);
    await client.issueCall('made up').catch(() => undefined);
    const name = { 'rpc.system.name': 'nestjs-remote' };
    const server = {
      'server.address': '127.0.0.1',
      'server.port': Number(address.split(':').at(-1)),
    };
    const failed = { 'rpc.status_code': 'UNIMPLEMENTED', 'error.type': 'UNIMPLEMENTED' };
    const sent = await telemetry.pointsOf('rpc.client.call.duration');
    expect(sent.map(({ attributes }) => attributes)).toEqual([
      { ...name, ...server, 'rpc.method': 'echo', 'rpc.status_code': 'OK' },
      { ...name, ...server, 'rpc.method': 'made up', ...failed },
    ]);
    expect(sent.map(({ value }) => value.count)).toEqual([2, 1]);
    expect(sent[0]?.value.buckets.boundaries.slice(0, 2)).toEqual([0.005, 0.01]);
    expect(sent[0]?.value.sum).toBeLessThan(60);
    const handled = await telemetry.pointsOf('rpc.server.call.duration');
    expect(handled.map(({ attributes }) => attributes)).toEqual([
      { ...name, 'rpc.method': 'echo', 'rpc.status_code': 'OK' },
      { ...name, 'rpc.method': '_OTHER', ...failed },
    ]);
  });

  it('are the durations of events, of sending and of handling them', async () => {
    const telemetry = new Telemetry();
    const { address } = await listen({ events: { stop: echo } });
    createClient(address).emit('stop', 'now');
    await telemetry.spansNamed('send stop', 'process stop');
    for (const metric of ['messaging.client.operation.duration', 'messaging.process.duration']) {
      const [point] = await telemetry.pointsOf(metric);
      expect(point?.attributes).toMatchObject({ 'messaging.destination.name': 'stop' });
      expect(point?.value.count).toBe(1);
    }
  });
});

describe('the instrumentation', () => {
  it('is one of registerInstrumentations, which gives it providers and ends it', async () => {
    const exporter = new InMemorySpanExporter();
    const unregister = registerInstrumentations({
      instrumentations: [new RemoteInstrumentation({ enabled: false })],
      tracerProvider: new BasicTracerProvider({
        spanProcessors: [new SimpleSpanProcessor(exporter)],
      }),
      meterProvider: new MeterProvider(),
    });
    const { address } = await listen({ requests: { echo } });
    const client = createClient(address);
    await client.issueCall('echo', ['x']);
    await expect.poll(() => exporter.getFinishedSpans().length).toBe(2);
    unregister();
    await client.issueCall('echo', ['x']);
    expect(exporter.getFinishedSpans()).toHaveLength(2);
  });

  it('has the version of the package', async () => {
    const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(text) as { version: string };
    const { instrumentationVersion } = new RemoteInstrumentation({ enabled: false });
    expect(instrumentationVersion).toBe(version);
  });
});
