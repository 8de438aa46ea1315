import { type Attributes, type Histogram, type MeterProvider, metrics } from '@opentelemetry/api';
import { PACKAGE_VERSION } from './package-version.js';
import { SCHEMA_URL } from './conventions.js';

/** The buckets that the conventions ask for, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const DESCRIPTIONS: Record<string, string> = {
  'rpc.client.call.duration': 'Duration of an outgoing remote call.',
  'rpc.server.call.duration': 'Duration of an incoming remote call.',
  'messaging.client.operation.duration': 'Duration of handing an event to the transport.',
  'messaging.process.duration': 'Duration of the handlers of an event.',
};

/** The histograms of durations, each made when it is first needed: by then there is a provider. */
export class Durations {
  private readonly histograms = new Map<string, Histogram>();
  private provider: MeterProvider | undefined;

  constructor(private readonly name: string) {}

  /** Uses this provider in place of the global one. */
  use(provider: MeterProvider): void {
    this.provider = provider;
    this.histograms.clear();
  }

  /** @param milliseconds that something has taken */
  record(metric: string, milliseconds: number, attributes: Attributes): void {
    let histogram = this.histograms.get(metric);
    if (!histogram) {
      histogram = this.create(metric);
      this.histograms.set(metric, histogram);
    }
    histogram.record(milliseconds / 1000, attributes);
  }

  private create(metric: string): Histogram {
    const provider = this.provider ?? metrics;
    const meter = provider.getMeter(this.name, PACKAGE_VERSION, { schemaUrl: SCHEMA_URL });
    return meter.createHistogram(metric, {
      description: DESCRIPTIONS[metric] ?? '',
      unit: 's',
      advice: { explicitBucketBoundaries: BUCKETS },
    });
  }
}
