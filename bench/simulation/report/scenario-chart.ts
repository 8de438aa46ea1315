import { rectangle, text } from '../../report/svg.js';
import type { LoadSpread } from '../load-watch.js';
import type { ScenarioResult } from '../results.js';
import type { Size } from '../site.js';
import { COLOUR, PAPER, STYLE } from './look.js';
import { type Panel, type Point, drawPanel } from './panel.js';

const WIDTH = 880;
const HEIGHT = 330;
const MARGIN = 28;
const GAP = 26;
const HEAD = 76;

/**
 * Draws failed calls, the load of servers and the time that calls take, each over the time of a scenario.
 *
 * @returns an SVG with a background of its own, readable on light and dark pages
 */
export function drawScenario(result: ScenarioResult, { servers, clients }: Size): string {
  const panels = [failuresOf(result), loadOf(result), latencyOf(result)];
  const width = (WIDTH - 2 * MARGIN - (panels.length - 1) * GAP) / panels.length;
  const numbers =
    `${servers.toLocaleString('en')} servers, ${clients.toLocaleString('en')} clients, ` +
    `${result.calls.toLocaleString('en')} calls, simulated`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${result.title}">`,
    STYLE,
    rectangle({ left: 0.5, top: 0.5, width: WIDTH - 1, height: HEIGHT - 1, radius: 14, ...PAPER }),
    text(MARGIN, 34, result.title, 'title'),
    text(MARGIN, 54, numbers, 'weak'),
    ...panels.map((panel, index) =>
      drawPanel(panel, {
        left: MARGIN + index * (width + GAP),
        top: HEAD,
        width,
        height: HEIGHT - HEAD - 18,
      }),
    ),
    '</svg>\n',
  ].join('\n');
}

function failuresOf({ spans, steps }: ScenarioResult): Panel {
  const percent = (share: number): number => share * 100;
  return {
    title: 'Failed calls',
    unit: ' %',
    lines: [
      {
        label: 'not idempotent',
        colour: COLOUR.once,
        points: spans.map(({ at, failedOnce }): Point => [at, percent(failedOnce)]),
      },
      {
        label: 'idempotent',
        colour: COLOUR.idempotent,
        points: spans.map(({ at, failedIdempotent }): Point => [at, percent(failedIdempotent)]),
      },
    ],
    range: [0, 1],
    times: timesOf(spans),
    marks: steps,
  };
}

function loadOf({ loads, spans, steps, group }: ScenarioResult): Panel {
  const points = (value: (spread: LoadSpread) => number | undefined): readonly Point[] =>
    loads.flatMap((spread): Point[] => {
      const number = value(spread);
      return number === undefined ? [] : [[spread.at, number]];
    });
  return {
    title: 'Calls of a server, even is 1',
    unit: '',
    lines: [
      { label: 'median', colour: COLOUR.median, points: points(({ median }) => median) },
      ...(group === undefined
        ? []
        : [{ label: group, colour: COLOUR.group, points: points((spread) => spread.group) }]),
    ],
    bands: [
      {
        label: '90 % of servers',
        colour: COLOUR.band,
        low: points(({ p5 }) => p5),
        high: points(({ p95 }) => p95),
      },
    ],
    range: [0, 2],
    times: timesOf(spans),
    marks: steps,
  };
}

function latencyOf({ spans, steps }: ScenarioResult): Panel {
  return {
    title: 'Time of calls that succeed',
    unit: ' ms',
    lines: [
      { label: 'p50', colour: COLOUR.median, points: spans.map(({ at, p50 }): Point => [at, p50]) },
      { label: 'p99', colour: COLOUR.once, points: spans.map(({ at, p99 }): Point => [at, p99]) },
    ],
    range: [0, 100],
    times: timesOf(spans),
    marks: steps,
  };
}

function timesOf(spans: ScenarioResult['spans']): [from: number, to: number] {
  return [0, Math.ceil(spans.at(-1)?.at ?? 1)];
}
