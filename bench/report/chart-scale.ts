/** Where ratios are drawn: logarithmic, so that twice is as far to the right as half is to the left. */
export interface ChartScale {
  x: (ratio: number) => number;
  /** Ratios worth a line. */
  ticks: number[];
}

/** A scale from `left` to `right` that has room for all of the ratios, and for 1 to 8 at least. */
export function scaleOf(ratios: readonly number[], left: number, right: number): ChartScale {
  const lowest = Math.floor(Math.log2(Math.min(1, ...ratios)));
  const highest = Math.ceil(Math.log2(Math.max(8, ...ratios)));
  const step = (right - left) / (highest - lowest);
  return {
    x: (ratio) => left + (Math.log2(ratio) - lowest) * step,
    ticks: Array.from({ length: highest - lowest + 1 }, (_, index) => 2 ** (lowest + index)),
  };
}
