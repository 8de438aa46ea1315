/** Where numbers are on one side of a plot. */
export interface Axis {
  readonly place: (value: number) => number;
  /** Numbers worth a line. */
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 5, 10];

/**
 * An axis from one number to another, with round ones in between.
 *
 * @param from where the first number is
 * @param to where the last one is
 * @param most how many ticks there are at most
 */
export function axisOf(low: number, high: number, from: number, to: number, most: number): Axis {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((factor) => factor * power >= rough) as number) * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return {
    place: (value) => from + ((value - low) / (high - low)) * (to - from),
    ticks: Array.from({ length: count }, (_, index) =>
      Number(((first + index) * step).toPrecision(6)),
    ),
  };
}
