import type { Metric } from '../measurement.js';
import type { MetricResult, Results } from './results.js';
import { METRIC_FORMATS } from './metric-format.js';

/** Whose bars are drawn, in this order. */
export const DRAWN = ['zeromq', 'net', 'udp'] as const;

/** One bar: how many times better than Nest TCP. */
export interface ChartBar {
  transport: (typeof DRAWN)[number];
  /** Than Nest TCP with `'add'`. */
  overString: number;
  /** Than Nest TCP with `{ cmd: 'add' }`. */
  overCommand: number;
  /** The number itself. */
  amount: string;
}

/** Bars of the same case. */
export interface ChartRow {
  title: string;
  bars: ChartBar[];
}

/** Rows under one heading. */
export interface ChartSection {
  title: string;
  rows: ChartRow[];
}

interface Choice {
  caseName: string;
  metric: Metric;
  title: string;
}

const FASTER: Choice[] = [
  { caseName: 'calls-32', metric: 'rate', title: '32 calls in flight' },
  { caseName: 'calls-256', metric: 'rate', title: '256 calls in flight' },
  { caseName: 'calls-1024', metric: 'rate', title: '1024 calls in flight' },
  { caseName: 'text-1k-256', metric: 'rate', title: '1 KiB of text' },
  { caseName: 'binary-64k-32', metric: 'rate', title: '64 KiB of binary' },
  { caseName: 'base64-64k-32', metric: 'rate', title: '64 KiB, base64 in TCP' },
  { caseName: 'binary-1m-1', metric: 'rate', title: '1 MiB of binary' },
  { caseName: 'events', metric: 'rate', title: 'Events' },
  { caseName: 'connections-100', metric: 'rate', title: '100 connections' },
];

const CHEAPER: Choice[] = [
  { caseName: 'calls-256', metric: 'cpu', title: 'CPU per call' },
  { caseName: 'calls-1', metric: 'p50', title: 'Latency, 1 call' },
  { caseName: 'steady-2000', metric: 'p50', title: 'Latency, 2000 calls/s' },
  { caseName: 'steady-2000', metric: 'cpu', title: 'CPU, 2000 calls/s' },
];

/** What of the results a reader wants to see first. Rows that were not measured are left out. */
export function chooseRows(results: Results): ChartSection[] {
  return [
    { title: 'Throughput', rows: FASTER.map((choice) => row(choice, results)) },
    { title: 'CPU and latency', rows: CHEAPER.map((choice) => row(choice, results)) },
  ]
    .map(({ title, rows }) => ({ title, rows: rows.filter(({ bars }) => bars.length > 0) }))
    .filter(({ rows }) => rows.length > 0);
}

function row({ caseName, metric, title }: Choice, { cases }: Results): ChartRow {
  const transports = cases.find(({ name }) => name === caseName)?.transports ?? {};
  const bars = DRAWN.flatMap((transport) => {
    const result = transports[transport];
    const numbers = result === 'stalled' ? undefined : result?.[metric];
    return numbers ? bar(transport, metric, numbers) : [];
  });
  return { title, bars };
}

function bar(transport: ChartBar['transport'], metric: Metric, numbers: MetricResult): ChartBar[] {
  const { 'tcp-string': string, 'tcp-command': command } = numbers.ratios;
  if (!string || !command) {
    return [];
  }
  // Less is better everywhere but in a rate.
  const better = (ratio: number): number => (metric === 'rate' ? ratio : 1 / ratio);
  const amount = METRIC_FORMATS[metric].write(numbers.median);
  return [{ transport, overString: better(string), overCommand: better(command), amount }];
}
