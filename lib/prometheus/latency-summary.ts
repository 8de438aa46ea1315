import { type MetricObjectWithValues, type MetricValueWithName, Summary } from 'prom-client';
import type { RemoteStats } from '../observe/call-stats.js';

/** Nanoseconds of a second. */
const NANOSECONDS = 1e9;

const QUANTILES = [0.5, 0.9, 0.99, 0.999];

const NAME = 'nestjs_remote_request_duration_seconds';

/** The latencies of a client or a server, with the labels that it gets. */
export interface LabelledStats {
  readonly labels: Readonly<Record<string, string>>;
  readonly stats: RemoteStats;
}

/** The histograms of Node as a summary: Node gives quantiles of them, not buckets. */
export class LatencySummary extends Summary {
  constructor(private readonly sources: readonly LabelledStats[]) {
    super({
      name: NAME,
      help: 'How long requests took, in seconds.',
      labelNames: ['side', 'name'],
      registers: [],
    });
    // The first reading begins the measurement.
    sources.forEach(({ stats }) => void stats.latency);
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const described = await super.get();
    return { ...described, values: this.sources.flatMap(valuesOf) };
  }
}

function valuesOf({ labels, stats }: LabelledStats): MetricValueWithName<string>[] {
  const { latency } = stats;
  const { count } = latency;
  const sum = count === 0 ? 0 : (latency.mean * count) / NANOSECONDS;
  const quantiles = QUANTILES.map((quantile) => ({
    labels: { ...labels, quantile },
    value: count === 0 ? Number.NaN : latency.percentile(quantile * 100) / NANOSECONDS,
  }));
  return [
    ...quantiles,
    { metricName: `${NAME}_sum`, labels, value: sum },
    { metricName: `${NAME}_count`, labels, value: count },
  ];
}
