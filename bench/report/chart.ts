import { type ChartBar, type ChartRow, DRAWN, chooseRows } from './chart-rows.js';
import { type ChartScale, scaleOf } from './chart-scale.js';
import type { Results } from './results.js';
import { rectangle, text, verticalLine } from './svg.js';

const WIDTH = 880;
const MARGIN = 36;
/** Where bars may begin and end. */
const PLOT = { left: 204, right: 700 };
const BAR = { height: 13, gap: 4 };
const ROW_GAP = 13;
const SECTION = { head: 40, gap: 6 };
const HEAD = 124;
const FOOT = 62;

const INK = {
  strong: '#1b1f2a',
  normal: '#3d4454',
  weak: '#6b7385',
  line: '#e6e8ee',
  one: '#a3a9b8',
};
const PAPER = { fill: '#ffffff', stroke: '#d8dbe3' };
const COLOURS = {
  zeromq: { solid: '#d9480f', pale: '#f6c9b6' },
  net: { solid: '#f08c00', pale: '#fbdfb0' },
  udp: { solid: '#1c7ed6', pale: '#bddcf6' },
};
const NAMES = { zeromq: 'ZeroMQ', net: 'engine net', udp: 'UDP' };
/** Where each name of the legend begins. */
const LEGEND = { zeromq: 0, net: 92, udp: 202 };

const STYLE = `<style>
text { font-family: ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; font-size: 13px; fill: ${INK.normal} }
.title { font-size: 21px; font-weight: 650; fill: ${INK.strong} }
.section { font-weight: 650; fill: ${INK.strong} }
.ratio { font-size: 12px; font-weight: 600; fill: ${INK.strong} }
.weak { font-size: 12px; fill: ${INK.weak} }
.tick { font-size: 11px; fill: ${INK.weak} }
.end { text-anchor: end }
.middle { text-anchor: middle }
</style>`;

/**
 * Draws how many times better than Nest TCP this package is. There are two Nest TCPs: a bar is solid
 * up to the smaller ratio, and pale from there to the larger.
 *
 * @returns an SVG with a background of its own, readable on light and dark pages
 */
export function drawChart(results: Results): string {
  const sections = chooseRows(results);
  const ratios = sections.flatMap(({ rows }) => rows.flatMap(({ bars }) => bars.flatMap(bounds)));
  const scale = scaleOf(ratios, PLOT.left, PLOT.right);
  const parts: string[] = [];
  let y = HEAD;
  for (const { title, rows } of sections) {
    parts.push(text(MARGIN, y + 22, title, 'section'));
    y += SECTION.head;
    for (const row of rows) {
      parts.push(drawRow(row, y, scale));
      y += heightOf(row) + ROW_GAP;
    }
    y += SECTION.gap;
  }
  const height = y + FOOT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="nestjs-remote compared with Nest TCP">`,
    STYLE,
    rectangle({ left: 0.5, top: 0.5, width: WIDTH - 1, height: height - 1, radius: 14, ...PAPER }),
    drawHead(),
    drawGrid(scale, HEAD + 26, y - 4),
    ...parts,
    text(MARGIN, height - 20, provenance(results), 'weak'),
    '</svg>\n',
  ].join('\n');
}

function drawHead(): string {
  const legend = DRAWN.map((transport) => {
    const left = MARGIN + LEGEND[transport];
    const fill = COLOURS[transport].solid;
    return (
      rectangle({ left, top: 89, width: 13, height: 13, radius: 3, fill }) +
      text(left + 20, 100, NAMES[transport])
    );
  });
  const shades =
    "solid: against the faster pattern of Nest TCP, 'add' or { cmd: 'add' }; pale: the slower";
  return [
    text(MARGIN, 47, 'nestjs-remote against Nest TCP', 'title'),
    text(
      MARGIN,
      70,
      'How many times better: further right is better. Whole Nest apps on both sides, on one machine.',
      'weak',
    ),
    ...legend,
    text(WIDTH - MARGIN, 100, shades, 'weak end'),
  ].join('\n');
}

function drawGrid({ x, ticks }: ChartScale, top: number, bottom: number): string {
  return ticks
    .map((tick) => {
      const label = tick === 1 ? 'Nest TCP' : tick < 1 ? `1/${1 / tick}` : `${tick}×`;
      const stroke = tick === 1 ? INK.one : INK.line;
      return (
        verticalLine(x(tick), top, bottom, stroke) +
        text(x(tick), bottom + 16, label, 'tick middle')
      );
    })
    .join('\n');
}

function heightOf({ bars }: ChartRow): number {
  return bars.length * BAR.height + (bars.length - 1) * BAR.gap;
}

function drawRow(row: ChartRow, top: number, scale: ChartScale): string {
  const title = text(PLOT.left - 14, top + heightOf(row) / 2 + 4.5, row.title, 'end');
  const bars = row.bars.map((bar, index) =>
    drawBar(bar, top + index * (BAR.height + BAR.gap), scale),
  );
  return [title, ...bars].join('\n');
}

function drawBar(bar: ChartBar, top: number, { x }: ChartScale): string {
  const [low, high] = bounds(bar);
  const { solid, pale } = COLOURS[bar.transport];
  const stretch = (ratio: number, fill: string): string =>
    rectangle({
      left: Math.min(x(1), x(ratio)),
      top,
      width: Math.abs(x(ratio) - x(1)),
      height: BAR.height,
      radius: 2.5,
      fill,
    });
  const baseline = top + BAR.height - 2.5;
  return (
    stretch(high, pale) +
    stretch(low, solid) +
    text(Math.max(x(1), x(high)) + 7, baseline, range(low, high), 'ratio') +
    text(WIDTH - MARGIN, baseline, bar.amount, 'weak end')
  );
}

function range(low: number, high: number): string {
  const [from, to] = [low, high].map((ratio) => ratio.toFixed(ratio < 10 ? 1 : 0));
  return from === to ? `${to}×` : `${from}–${to}×`;
}

/** The smaller and the larger of both ratios. */
function bounds({ overString, overCommand }: ChartBar): [low: number, high: number] {
  return [Math.min(overString, overCommand), Math.max(overString, overCommand)];
}

function provenance({ machine, date, rounds }: Results): string {
  const { cpu, cores, node } = machine;
  return `${cpu}, ${cores} cores, Node ${node.replace('v', '')}, ${date.slice(0, 10)}, medians of ${rounds} rounds`;
}
