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
import { expect, onTestFinished } from 'vitest';

/** A real SDK of OpenTelemetry that keeps what it gets, with our instrumentation, until the test has finished. */
export class Telemetry {
  private readonly spanExporter = new InMemorySpanExporter();
  private readonly metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  private readonly meterProvider: MeterProvider;

  constructor() {
    const reader = new PeriodicExportingMetricReader({ exporter: this.metricExporter });
    this.meterProvider = new MeterProvider({ readers: [reader] });
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.spanExporter)] }),
    );
    metrics.setGlobalMeterProvider(this.meterProvider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    const instrumentation = new RemoteInstrumentation();
    onTestFinished(async () => {
      instrumentation.disable();
      await this.meterProvider.shutdown();
      [trace, metrics, context, propagation].forEach((api) => api.disable());
    });
  }

  /** The spans that have ended. */
  get spans(): ReadableSpan[] {
    return this.spanExporter.getFinishedSpans();
  }

  /** Waits until as many spans have ended as there are names, and gives them in this order. */
  async spansNamed(...names: string[]): Promise<ReadableSpan[]> {
    const sorted = (texts: string[]): string[] => texts.toSorted();
    await expect.poll(() => sorted(this.spans.map(({ name }) => name))).toEqual(sorted(names));
    const left = [...this.spans];
    return names.map(
      (name) =>
        left.splice(
          left.findIndex((span) => span.name === name),
          1,
        )[0] as ReadableSpan,
    );
  }

  /** The data points of a histogram. */
  async pointsOf(metric: string): Promise<DataPoint<Histogram>[]> {
    await this.meterProvider.forceFlush();
    const exported = this.metricExporter.getMetrics().at(-1);
    const found = exported?.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .find(({ descriptor }) => descriptor.name === metric);
    return (found?.dataPoints ?? []) as DataPoint<Histogram>[];
  }
}
