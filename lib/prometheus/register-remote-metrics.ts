import { Counter, Gauge, type Registry, register as globalRegistry } from 'prom-client';
import type { RemoteStats } from '../observe/call-stats.js';
import { LatencySummary } from './latency-summary.js';

/** What has counts: a `RemoteClient` or a `RemoteServer`. */
export interface RemoteSource {
  readonly stats: RemoteStats;
  readonly dropCounts: ReadonlyMap<string, number>;
}

/** Clients and servers, by the names that the label `name` gets. */
export interface RemoteSources {
  clients?: Readonly<Record<string, RemoteSource>>;
  servers?: Readonly<Record<string, RemoteSource>>;
}

/** A source with its labels. */
interface LabelledSource {
  readonly labels: { side: 'client' | 'server'; name: string };
  readonly source: RemoteSource;
}

/** A metric, and its values in a source: by further labels, where it has any. */
interface Measure {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly isGauge?: boolean;
  readonly valuesOf: (source: RemoteSource) => Iterable<readonly [label: string, value: number]>;
}

const MEASURES: readonly Measure[] = [
  {
    name: 'nestjs_remote_calls_total',
    help: 'Requests and events that were made or came in.',
    valuesOf: ({ stats }) => [['', stats.calls]],
  },
  {
    name: 'nestjs_remote_call_errors_total',
    help: 'Requests and events that ended with an error, by its code.',
    label: 'code',
    valuesOf: ({ stats }) => Object.entries(stats.errors),
  },
  {
    name: 'nestjs_remote_calls_in_flight',
    help: 'Requests and events that have not ended.',
    isGauge: true,
    valuesOf: ({ stats }) => [['', stats.inFlight]],
  },
  {
    name: 'nestjs_remote_received_bytes_total',
    help: 'Bytes of messages that have come in.',
    valuesOf: ({ stats }) => [['', stats.bytesIn]],
  },
  {
    name: 'nestjs_remote_sent_bytes_total',
    help: 'Bytes of messages that were handed to the transport.',
    valuesOf: ({ stats }) => [['', stats.bytesOut]],
  },
  {
    name: 'nestjs_remote_dropped_total',
    help: 'What had to be dropped, by reason.',
    label: 'reason',
    valuesOf: ({ dropCounts }) => dropCounts,
  },
];

/**
 * Registers metrics of clients and servers, which are read whenever they are collected:
 *
 * ```ts
 * registerRemoteMetrics({ clients: { math }, servers: { shop } });
 * ```
 *
 * From now on latencies are measured too.
 *
 * @param register where, by default the global registry of prom-client
 * @throws {Error} that of prom-client where they are registered there already: give all sources at once
 */
export function registerRemoteMetrics(
  sources: RemoteSources,
  register: Registry = globalRegistry,
): void {
  const labelled = labelledSources(sources);
  MEASURES.forEach((measure) => registerMeasure(measure, labelled, register));
  const latencies = labelled.map(({ labels, source }) => ({ labels, stats: source.stats }));
  register.registerMetric(new LatencySummary(latencies));
}

function labelledSources({ clients = {}, servers = {} }: RemoteSources): LabelledSource[] {
  const labelled = (side: 'client' | 'server', named: Readonly<Record<string, RemoteSource>>) =>
    Object.entries(named).map(([name, source]) => ({ labels: { side, name }, source }));
  return [...labelled('client', clients), ...labelled('server', servers)];
}

function registerMeasure(
  { name, help, label, isGauge, valuesOf }: Measure,
  sources: readonly LabelledSource[],
  register: Registry,
): void {
  const Metric = isGauge ? Gauge : Counter;
  const metric: Counter | Gauge = new Metric({
    name,
    help,
    labelNames: ['side', 'name', ...(label === undefined ? [] : [label])],
    registers: [register],
    collect: () => {
      metric.reset();
      for (const { labels, source } of sources) {
        for (const [text, value] of valuesOf(source)) {
          metric.inc(label === undefined ? labels : { ...labels, [label]: text }, value);
        }
      }
    },
  });
}
