/**
 * The value below which this part of the values lie.
 *
 * @param part 0.5 for the median
 * @returns 0 without values
 */
export function percentile(values: Float64Array, part: number): number {
  const sorted = values.toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** The middle of the values, between two of them where there is an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((first, second) => first - second);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  const lower = sorted[Math.ceil(middle) - 1] ?? 0;
  return (lower + upper) / 2;
}

/** How far values lie apart. */
export interface Spread {
  median: number;
  minimum: number;
  maximum: number;
}

/** Sums values up. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), minimum: Math.min(...values), maximum: Math.max(...values) };
}
