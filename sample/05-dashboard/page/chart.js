import uPlot from 'uplot';
import { element, signed } from './figures.js';
import { History, WINDOW } from './history.js';

const darkness = matchMedia('(prefers-color-scheme: dark)');

const probe = document.createElement('span');
probe.hidden = true;
document.body.append(probe);

/**
 * A colour of the style sheet, as it is in the present scheme.
 *
 * @param {string} name
 */
function colour(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

/** A chart of the last seconds that fills its element, in the colours of the page. */
export class LiveChart {
  history;
  #plot;
  #drawnAt = 0;

  /**
   * @param {string} id of its element
   * @param {object} options
   * @param {string[]} options.lines the colours of its lines
   * @param {[number, number] | uPlot.Range.Function} options.range of its values
   * @param {number[]} [options.marks] where it has lines across; where uPlot likes them, unless given
   * @param {number[]} options.times that have labels, in seconds
   * @param {string} options.unit behind each mark
   * @param {(chart: uPlot) => void} [options.background] draws below the lines
   */
  constructor(id, { lines, range, marks, times, unit, background }) {
    const container = element(id);
    this.history = new History(lines.length);
    const axis = {
      stroke: () => colour('muted'),
      font: '12px system-ui, sans-serif',
      ticks: { show: false },
      grid: { stroke: () => colour('grid'), width: 1 },
    };
    this.#plot = new uPlot(
      {
        width: container.clientWidth,
        height: container.clientHeight,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 16, 0, 0],
        scales: { x: { time: false, range: [-WINDOW, 0] }, y: { range } },
        axes: [
          {
            ...axis,
            size: 20,
            gap: 6,
            grid: { show: false },
            splits: times,
            values: (_plot, seconds) =>
              seconds.map((ago) => (ago === 0 ? 'now' : `${signed(ago)} s`)),
          },
          {
            ...axis,
            size: 44,
            gap: 6,
            space: 34,
            ...(marks ? { splits: marks } : {}),
            values: (_plot, values) => values.map((value) => `${signed(value)}${unit}`),
          },
        ],
        series: [
          {},
          ...lines.map((name) => ({
            stroke: () => colour(name),
            width: 2,
            pxAlign: 0,
            points: { show: false },
          })),
        ],
        hooks: background ? { drawClear: [background] } : {},
      },
      /** @type {uPlot.AlignedData} */ (this.history.aligned),
      container,
    );
    new ResizeObserver(() =>
      this.#plot.setSize({ width: container.clientWidth, height: container.clientHeight }),
    ).observe(container);
    darkness.addEventListener('change', () => this.#plot.redraw(false, true));
  }

  /** Draws what has come since it was drawn last. */
  draw() {
    if (this.#drawnAt === this.history.lastTime) {
      return;
    }
    this.#drawnAt = this.history.lastTime;
    this.#plot.setData(/** @type {uPlot.AlignedData} */ (this.history.aligned));
  }
}

/**
 * Shades the time in which something was so.
 *
 * @param {string} name of the colour
 * @param {() => { from: number, to: number }[]} spans in seconds, 0 is now
 * @returns {(chart: uPlot) => void}
 */
export function shade(name, spans) {
  return (chart) => {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.fillStyle = colour(name);
    for (const { from, to } of spans()) {
      const left = chart.valToPos(from, 'x', true);
      ctx.fillRect(left, bbox.top, chart.valToPos(to, 'x', true) - left, bbox.height);
    }
    ctx.restore();
  };
}
