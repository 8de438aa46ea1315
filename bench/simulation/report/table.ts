import type { LoadSpread } from '../load-watch.js';
import type { SpanResult } from '../recorder.js';
import type { Range, ScenarioResult, SimulationResults } from '../results.js';

/** Says in lines what each scenario led to. */
export function formatSimulation({ scenarios, size, seed }: SimulationResults): string {
  const head = `${size.servers} servers, ${size.clients} clients, seed ${seed}`;
  return `${[head, ...scenarios.map(linesOf)].join('\n\n')}\n`;
}

function linesOf(result: ScenarioResult): string {
  const { title, calls, failed, codes, recovery, links, clients, spread, spans } = result;
  const reasons = Object.entries(codes).map(([code, count]) => `${count} ${code}`);
  return [
    title,
    `  calls        ${calls}; failed: ${failed.once} not idempotent, ${failed.idempotent} idempotent` +
      (reasons.length > 0 ? ` (${reasons.join(', ')})` : ''),
    `  at worst     ${worstOf(spans, 'failedOnce')} of the calls made in half a second that are not ` +
      `idempotent, ${worstOf(spans, 'failedIdempotent')} of the others`,
    `  recovery     ${recovery === undefined ? 'none needed' : `${recovery.toFixed(1)} s`}`,
    `  links        ${rangeText(links)} of a client`,
    `  clients      ${rangeText(clients)} of a server`,
    ...(spread ? [spreadText(spread)] : []),
  ].join('\n');
}

function worstOf(spans: readonly SpanResult[], kind: 'failedOnce' | 'failedIdempotent'): string {
  return `${(Math.max(...spans.map((span) => span[kind])) * 100).toFixed(1)} %`;
}

function spreadText(spread: LoadSpread): string {
  const [deviation, chance, within] = [spread.deviation, spread.chance, spread.withinTenth].map(
    (share) => `${(share * 100).toFixed(1)} %`,
  );
  return (
    `  load         ${spread.p5.toFixed(2)} to ${spread.p95.toFixed(2)} for 90 % of servers, ` +
    `${spread.least.toFixed(2)} to ${spread.most.toFixed(2)} for all; ${within} of servers are ` +
    `within 10 % of even; standard deviation ${deviation}, by chance ${chance}`
  );
}

function rangeText({ least, mean, most }: Range): string {
  return `${least} to ${most}, ${mean.toFixed(1)} on average`;
}
