import type { Plan } from '../arguments.js';
import type { BareSockets } from '../bare-sockets.js';
import type { Case } from '../cases.js';
import { type Floor, floorsOf, judge } from '../floors.js';
import type { Metric } from '../measurement.js';
import type { RouterThroughput } from '../router.js';
import type { Samples } from '../samples.js';
import type { Spread } from '../statistics.js';
import { BASELINES, type TransportName, transportOf } from '../transports/transports.js';
import { type Machine, describeMachine } from './machine.js';

/** One number of one transport, over all rounds. */
export interface MetricResult extends Spread {
  /** The median of the rounds' ratios to each Nest TCP, where it was measured. */
  ratios: Partial<Record<TransportName, number>>;
}

/** What one transport reached in one case. */
export type TransportResult = 'stalled' | Partial<Record<Metric, MetricResult>>;

/** One case, with every transport that can do it. */
export interface CaseResult {
  name: string;
  title: string;
  transports: Partial<Record<TransportName, TransportResult>>;
}

/** All results of a run: the content of the results file. */
export interface Results {
  date: string;
  machine: Machine;
  rounds: number;
  /** Ms of each measurement. */
  duration: number;
  titles: Partial<Record<TransportName, string>>;
  cases: CaseResult[];
  router: RouterThroughput[];
  bareSockets: BareSockets;
  floors: (Floor & { reached?: number; hasPassed: boolean })[];
}

/** Puts all together. Rates are per second, times µs, CPU seconds per 100,000, memory bytes. */
export function summarize(
  plan: Plan,
  samples: Samples,
  router: RouterThroughput[],
  bareSockets: BareSockets,
): Results {
  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    rounds: plan.rounds,
    duration: plan.duration,
    titles: Object.fromEntries(plan.transports.map((name) => [name, transportOf(name).title])),
    cases: plan.cases.map((measured) => caseResult(measured, plan.transports, samples)),
    router,
    bareSockets,
    floors: floorsOf(plan).map((floor) => {
      const { reached, hasPassed } = judge(floor, samples);
      return { ...floor, ...(reached === undefined ? {} : { reached }), hasPassed };
    }),
  };
}

function caseResult(
  { name, title, metrics, without = [] }: Case,
  transports: readonly TransportName[],
  samples: Samples,
): CaseResult {
  const measured = transports.filter((transport) => !without.includes(transport));
  const entries = measured.map((transport) => {
    const result = metrics.map((metric) => [
      metric,
      metricResult(name, transport, metric, samples),
    ]);
    return [
      transport,
      samples.isStalled(name, transport) ? 'stalled' : Object.fromEntries(result),
    ] as const;
  });
  return { name, title, transports: Object.fromEntries(entries) };
}

function metricResult(
  caseName: string,
  transport: TransportName,
  metric: Metric,
  samples: Samples,
): MetricResult | undefined {
  const spread = samples.spread(caseName, transport, metric);
  const ratios = BASELINES.map((against) => [
    against,
    samples.ratio(caseName, metric, transport, against),
  ]);
  return spread && { ...spread, ratios: Object.fromEntries(ratios) };
}
