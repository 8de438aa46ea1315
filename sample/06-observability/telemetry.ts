import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { RemoteInstrumentation } from 'nestjs-remote/opentelemetry';

// In an app of yours, @opentelemetry/sdk-node does most of this, and exporters send it elsewhere.
const spanExporter = new InMemorySpanExporter();
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const meterProvider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: metricExporter })],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
metrics.setGlobalMeterProvider(meterProvider);
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] }),
);
const instrumentation = new RemoteInstrumentation();

/** The spans since the last call of this, each as a line, its children indented below it. */
export function takeTrace(): string[] {
  const spans = spanExporter.getFinishedSpans();
  spanExporter.reset();
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const roots = spans.filter(({ parentSpanContext }) => !ids.has(parentSpanContext?.spanId ?? ''));
  return roots.flatMap((root) => linesOf(root, spans, ''));
}

/** How many spans there are since the last call of `takeTrace`. */
export function spanCount(): number {
  return spanExporter.getFinishedSpans().length;
}

/** How many calls a metric has counted, by method and code. */
export async function countsOf(metric: string): Promise<Record<string, number>> {
  await meterProvider.forceFlush();
  const points = (metricExporter.getMetrics().at(-1)?.scopeMetrics ?? [])
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === metric)
    .flatMap(({ dataPoints }) => dataPoints as DataPoint<Histogram>[]);
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      [attributes['rpc.method'], attributes['rpc.status_code']].join(' '),
      value.count,
    ]),
  );
}

/** Ends what would keep the process alive. */
export async function stopTelemetry(): Promise<void> {
  instrumentation.disable();
  await meterProvider.shutdown();
}

const KINDS = ['', 'server', 'client', 'producer', 'consumer'];

function linesOf(span: ReadableSpan, spans: readonly ReadableSpan[], indent: string): string[] {
  const { name, kind, attributes } = span;
  const parts = [KINDS[kind], name, attributes['error.type']];
  const children = spans.filter(
    ({ parentSpanContext }) => parentSpanContext?.spanId === span.spanContext().spanId,
  );
  return [
    indent + parts.filter(Boolean).join(' '),
    ...children.flatMap((child) => linesOf(child, spans, `${indent}  `)),
  ];
}
