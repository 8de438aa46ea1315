/** Colours of words and lines, as in the other charts. */
export const INK = {
  strong: '#1b1f2a',
  normal: '#3d4454',
  weak: '#6b7385',
  line: '#e6e8ee',
  mark: '#a3a9b8',
};

export const PAPER = { fill: '#ffffff', stroke: '#d8dbe3' };

/** Colours of what is plotted. */
export const COLOUR = {
  once: '#d9480f',
  idempotent: '#1c7ed6',
  median: '#3d4454',
  band: '#d0d5e0',
  bound: '#a3a9b8',
  group: '#d9480f',
};

export const STYLE = `<style>
text { font-family: ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; font-size: 13px; fill: ${INK.normal} }
.title { font-size: 17px; font-weight: 650; fill: ${INK.strong} }
.section { font-weight: 650; fill: ${INK.strong} }
.weak { font-size: 12px; fill: ${INK.weak} }
.tick { font-size: 11px; fill: ${INK.weak} }
.end { text-anchor: end }
.middle { text-anchor: middle }
</style>`;
