import { formatRatio, METRIC_FORMATS } from '../report/metric-format.js';
import type { Metric } from '../measurement.js';
import type { Samples } from '../samples.js';
import type { TransportName } from '../transports/transports.js';
import { CASES, PAIRS } from './cases.js';

/** A table of Markdown: a row for each case, and for each pair what it reaches and what security costs. */
export function formatSecurity(samples: Samples): string {
  const head = ['', ...PAIRS.map(({ title }) => title)];
  const rows = CASES.map(({ name, title }) => [
    title,
    ...PAIRS.map(({ plain, secured }) => cell(samples, name, plain, secured)),
  ]);
  const lines = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`);
  return `${lines.join('')}Calls a second without → with (ratio); microseconds of CPU of both sides a call\n`;
}

function cell(
  samples: Samples,
  name: string,
  plain: TransportName,
  secured: TransportName,
): string {
  const ratio = samples.ratio(name, 'rate', secured, plain);
  if (ratio === undefined) {
    return '';
  }
  const [rates, cpu] = (['rate', 'cpu'] as const).map((metric: Metric) =>
    [plain, secured].map((transport) => written(samples, name, transport, metric)).join(' → '),
  );
  return `${rates} (${formatRatio(ratio)}); ${cpu}`;
}

function written(samples: Samples, name: string, transport: TransportName, metric: Metric): string {
  return METRIC_FORMATS[metric].write(samples.spread(name, transport, metric)?.median ?? 0);
}
