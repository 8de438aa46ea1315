import type { Plan } from '../arguments.js';
import { floorsOf, judge } from '../floors.js';
import type { Samples } from '../samples.js';
import { transportOf } from '../transports/transports.js';
import { METRIC_FORMATS, formatRatio } from './metric-format.js';

const EXPLANATION =
  '  ✗ is no error: short runs, other work and virtual machines, where waking a thread is dear, ' +
  'miss floors too.\n  The bare sockets below show what libzmq alone costs here.\n';

/** Which of the floors that this plan could measure are not reached. */
export function formatFloors(plan: Plan, samples: Samples): string {
  const verdicts = floorsOf(plan).map((floor) => judge(floor, samples));
  if (verdicts.length === 0) {
    return '';
  }
  const missed = verdicts.filter(({ hasPassed }) => !hasPassed);
  const lines = missed.map(({ floor, reached }) => {
    const { caseName, metric, transport, against, bound, value } = floor;
    const than = against ? ` times ${transportOf(against).title}` : '';
    const { unit } = METRIC_FORMATS[metric];
    const result = reached === undefined ? 'nothing to compare' : formatRatio(reached);
    return `  ✗ ${transportOf(transport).title}, ${caseName}, ${unit}: ${result}, should be ${bound} ${value}${than}\n`;
  });
  return (
    `${verdicts.length - missed.length} of ${verdicts.length} floors reached\n${lines.join('')}` +
    (missed.length > 0 ? EXPLANATION : '')
  );
}
