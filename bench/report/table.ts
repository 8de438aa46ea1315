import type { Plan } from '../arguments.js';
import type { Case } from '../cases.js';
import { FLOORS, judge } from '../floors.js';
import type { Metric } from '../measurement.js';
import type { Samples } from '../samples.js';
import { BASELINES, type TransportName, transportOf } from '../transports/transports.js';
import { METRIC_FORMATS, formatRatio } from './metric-format.js';

/** A row for each case and metric; for each transport its median and its ratios to Nest TCP. */
export function formatTable({ cases, transports }: Plan, samples: Samples): string {
  const rows = cases.flatMap((measured) =>
    measured.metrics.map((metric) => [
      measured.name,
      METRIC_FORMATS[metric].unit,
      ...transports.flatMap((transport) => cells(measured, metric, transport, samples)),
    ]),
  );
  const legend =
    '×A, ×B: times the first and the second Nest TCP\n' +
    'Packed …: a limit, the same load over bare sockets without Nest\n' +
    '✓ ✗: a floor is reached or missed, which is what this package should come to\n';
  return `${align([['', '', ...transports.flatMap(header)], ...rows])}${legend}`;
}

function isBaseline(transport: TransportName): boolean {
  return BASELINES.some((baseline) => baseline === transport);
}

function header(transport: TransportName): string[] {
  const { title } = transportOf(transport);
  return isBaseline(transport) ? [title] : [title, '×A', '×B'];
}

function cells(
  { name, without }: Case,
  metric: Metric,
  transport: TransportName,
  samples: Samples,
): string[] {
  const ratios = isBaseline(transport)
    ? []
    : BASELINES.map((baseline) => ratioCell(name, metric, transport, baseline, samples));
  const spread = samples.spread(name, transport, metric);
  if (spread) {
    const mark = isBaseline(transport)
      ? ''
      : floorMark(name, metric, transport, undefined, samples);
    return [`${METRIC_FORMATS[metric].format(spread.median)}${mark}`, ...ratios];
  }
  const isStalled = !without?.includes(transport) && samples.isStalled(name, transport);
  return [isStalled ? 'stalled' : '', ...ratios];
}

function ratioCell(
  name: string,
  metric: Metric,
  transport: TransportName,
  baseline: TransportName,
  samples: Samples,
): string {
  const ratio = samples.ratio(name, metric, transport, baseline);
  const mark = floorMark(name, metric, transport, baseline, samples);
  return ratio === undefined ? '' : `${formatRatio(ratio)}${mark}`;
}

function floorMark(
  name: string,
  metric: Metric,
  transport: TransportName,
  against: TransportName | undefined,
  samples: Samples,
): string {
  const floor = FLOORS.find(
    (candidate) =>
      candidate.caseName === name &&
      candidate.metric === metric &&
      candidate.transport === transport &&
      candidate.against === against,
  );
  if (!floor) {
    return '';
  }
  return judge(floor, samples).hasPassed ? ' ✓' : ' ✗';
}

/** Names to the left, numbers to the right. */
function align(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < 2 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
