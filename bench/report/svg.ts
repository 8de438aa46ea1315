/** A line of text, `style` being the names of classes. */
export function text(x: number, y: number, content: string, style = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}"${style && ` class="${style}"`}>${escaped}</text>`;
}

/** A vertical line. */
export function verticalLine(x: number, top: number, bottom: number, stroke: string): string {
  return `<line x1="${round(x)}" x2="${round(x)}" y1="${top}" y2="${bottom}" stroke="${stroke}"/>`;
}

/** Where a rectangle is, and its look. */
export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Of its corners. */
  radius: number;
  fill: string;
  stroke?: string;
}

/** A rectangle with round corners. */
export function rectangle({
  left,
  top,
  width,
  height,
  radius,
  fill,
  stroke = 'none',
}: Rectangle): string {
  return (
    `<rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" ` +
    `rx="${radius}" fill="${fill}" stroke="${stroke}"/>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
