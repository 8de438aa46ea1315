import { rectangle, text, verticalLine } from '../../report/svg.js';
import { axisOf } from './axis.js';
import { INK } from './look.js';

/** A number at a time, in seconds. */
export type Point = readonly [at: number, value: number];

/** A line through points. */
export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly Point[];
  readonly isThin?: boolean;
}

/** What lies between two lines. */
export interface Band {
  readonly label: string;
  readonly colour: string;
  readonly low: readonly Point[];
  readonly high: readonly Point[];
}

/** One plot. */
export interface Panel {
  readonly title: string;
  /** What numbers end in. */
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly bands?: readonly Band[];
  /** The numbers that are shown at least. */
  readonly range: readonly [low: number, high: number];
  /** Times, in seconds. */
  readonly times: readonly [from: number, to: number];
  /** When something happens, in seconds. */
  readonly marks: readonly number[];
}

/** Where a plot is. */
export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const LEGEND = 15;

/** How much of a place is beside a plot: its title and legend, and the labels of its axes. */
const BESIDE = { left: 42, head: 26, foot: 20 };

/** Draws one plot. */
export function drawPanel(panel: Panel, place: Place): string {
  const { title, unit, lines, bands = [], times, marks } = panel;
  const entries = [...bands, ...lines];
  const left = place.left + BESIDE.left;
  const right = place.left + place.width;
  const top = place.top + BESIDE.head + Math.ceil(entries.length / 2) * LEGEND;
  const bottom = place.top + place.height - BESIDE.foot;
  const [low, high] = boundsOf(panel);
  const x = axisOf(times[0], times[1], left, right, 6);
  const y = axisOf(low, high, bottom, top, 5);
  const path = (points: readonly Point[]): string =>
    points.map(([at, value]) => `${round(x.place(at))},${round(y.place(value))}`).join(' ');
  return [
    text(place.left, place.top + 12, title, 'section'),
    ...entries.map(({ label, colour }, index) => {
      const entryLeft = place.left + (index % 2) * (place.width / 2);
      const baseline = place.top + BESIDE.head + Math.floor(index / 2) * LEGEND + 5;
      const swatch = { left: entryLeft, top: baseline - 8, width: 9, height: 9, radius: 2 };
      return rectangle({ ...swatch, fill: colour }) + text(entryLeft + 14, baseline, label, 'tick');
    }),
    ...y.ticks.map(
      (tick) =>
        `<line x1="${left}" x2="${right}" y1="${round(y.place(tick))}" ` +
        `y2="${round(y.place(tick))}" stroke="${INK.line}"/>` +
        text(left - 6, y.place(tick) + 4, `${tick}${unit}`, 'tick end'),
    ),
    ...x.ticks.map((tick) => text(x.place(tick), bottom + 16, `${tick} s`, 'tick middle')),
    ...marks.map((at) => verticalLine(x.place(at), top, bottom, INK.mark)),
    ...bands.map(
      (band) =>
        `<polygon points="${path([...band.low, ...band.high.toReversed()])}" fill="${band.colour}"/>`,
    ),
    ...lines.map(
      ({ points, colour, isThin }) =>
        `<polyline points="${path(points)}" fill="none" stroke="${colour}" ` +
        `stroke-width="${isThin ? 1 : 2}" stroke-linejoin="round"/>`,
    ),
  ].join('\n');
}

function boundsOf({ lines, bands = [], range }: Panel): [low: number, high: number] {
  const values = [
    ...range,
    ...lines.flatMap(({ points }) => points.map(([, value]) => value)),
    ...bands.flatMap(({ low, high }) => [...low, ...high].map(([, value]) => value)),
  ];
  return [Math.min(...values), Math.max(...values)];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
