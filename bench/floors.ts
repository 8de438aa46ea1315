import type { Plan } from './arguments.js';
import type { Metric } from './measurement.js';
import type { Samples } from './samples.js';
import type { TransportName } from './transports/transports.js';

/** What one of our transports must reach. */
export interface Floor {
  caseName: string;
  metric: Metric;
  transport: TransportName;
  /** What the ratio is taken to; without it, the bound is for the number itself. */
  against?: TransportName;
  bound: 'at least' | 'at most';
  value: number;
}

/** Whether a floor is reached, and by what. */
export interface Verdict {
  floor: Floor;
  /** `undefined` where there is nothing to compare. */
  reached: number | undefined;
  hasPassed: boolean;
}

/** Each against Nest TCP with `'add'`, then with `{ cmd: 'add' }` where it has two values. */
export const FLOORS: readonly Floor[] = [
  ...ratio('zeromq', 'calls-1', 'p50', 'at most', 2.4),
  ...ratio('zeromq', 'calls-32', 'rate', 'at least', 1.9, 1.3),
  ...ratio('zeromq', 'calls-256', 'rate', 'at least', 4, 3),
  ...ratio('zeromq', 'calls-256', 'cpu', 'at most', 0.25, 0.36),
  ...ratio('zeromq', 'calls-1024', 'rate', 'at least', 5, 3.7),
  ...ratio('zeromq', 'text-1k-256', 'rate', 'at least', 3, 2.2),
  ...ratio('zeromq', 'binary-64k-32', 'rate', 'at least', 5.5, 5.5),
  ...ratio('zeromq', 'base64-64k-32', 'rate', 'at least', 2.7),
  ...ratio('zeromq', 'binary-1m-1', 'rate', 'at least', 9, 9),
  // It must run, and lose nothing; Nest TCP may not run at all.
  nothingLost('zeromq', 'binary-1m-8'),
  ...ratio('zeromq', 'events', 'rate', 'at least', 5, 2.7),
  nothingLost('zeromq', 'events'),
  ...ratio('zeromq', 'events-only', 'rate', 'at least', 5),
  nothingLost('zeromq', 'events-only'),
  ...ratio('zeromq', 'connections-100', 'rate', 'at least', 0.75),
  ...ratio('zeromq', 'connections-500', 'rate', 'at least', 0.85, 0.6),
  ...ratio('zeromq', 'steady-2000', 'p50', 'at most', 1),
  ...ratio('zeromq', 'steady-2000', 'cpu', 'at most', 1),
  ...ratio('net', 'calls-1', 'p50', 'at most', 1.1),
  ...ratio('net', 'calls-32', 'rate', 'at least', 2.6, 1.7),
  ...ratio('net', 'calls-256', 'rate', 'at least', 5, 3.5),
  ...ratio('net', 'calls-256', 'cpu', 'at most', 0.2),
  ...ratio('net', 'calls-1024', 'rate', 'at least', 6, 4.5),
  ...ratio('net', 'base64-64k-32', 'rate', 'at least', 2.4),
  ...ratio('net', 'events-only', 'rate', 'at least', 6),
  nothingLost('net', 'events-only'),
  ...ratio('net', 'connections-100', 'rate', 'at least', 1.2),
  ...ratio('udp', 'calls-1', 'p50', 'at most', 0.85),
  ...ratio('udp', 'calls-32', 'rate', 'at least', 2.2, 1.6),
  ...ratio('udp', 'calls-256', 'rate', 'at least', 5, 2.7),
  ...ratio('udp', 'steady-2000', 'p50', 'at most', 0.35),
  ...ratio('udp', 'steady-2000', 'cpu', 'at most', 0.6),
];

/** Those that this plan can measure. */
export function floorsOf({ cases, transports }: Plan): Floor[] {
  return FLOORS.filter(
    ({ caseName, transport, against }) =>
      cases.some(({ name }) => name === caseName) &&
      transports.includes(transport) &&
      (!against || transports.includes(against)),
  );
}

/** Compares the samples with this floor. */
export function judge(floor: Floor, samples: Samples): Verdict {
  const { caseName, metric, transport, against, bound, value } = floor;
  const reached = against
    ? samples.ratio(caseName, metric, transport, against)
    : samples.spread(caseName, transport, metric)?.maximum;
  const hasPassed =
    reached !== undefined && (bound === 'at least' ? reached >= value : reached <= value);
  return { floor, reached, hasPassed };
}

function ratio(
  transport: TransportName,
  caseName: string,
  metric: Metric,
  bound: Floor['bound'],
  toString: number,
  toCommand?: number,
): Floor[] {
  const floor = { caseName, metric, transport, bound };
  return [
    { ...floor, against: 'tcp-string', value: toString },
    ...(toCommand === undefined
      ? []
      : [{ ...floor, against: 'tcp-command', value: toCommand } as const]),
  ];
}

function nothingLost(transport: TransportName, caseName: string): Floor {
  return { caseName, metric: 'lost', transport, bound: 'at most', value: 0 };
}
