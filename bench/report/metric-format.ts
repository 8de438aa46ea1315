import type { Metric } from '../measurement.js';

/** How a number of a metric is written for people. */
export interface MetricFormat {
  /** Heads a row of such numbers. */
  unit: string;
  /** The number alone. */
  format: (value: number) => string;
  /** The number with its unit, rounded. */
  write: (value: number) => string;
}

/** Of every metric. */
export const METRIC_FORMATS: Record<Metric, MetricFormat> = {
  rate: { unit: '/s', format: whole, write: (rate) => `${short(rate)}/s` },
  p50: { unit: 'p50 µs', format: whole, write: (time) => `${short(time)} µs` },
  p99: { unit: 'p99 µs', format: whole, write: (time) => `${short(time)} µs` },
  cpu: {
    unit: 'CPU s/100k',
    format: (seconds) => seconds.toFixed(2),
    // Seconds for 100,000 are ten times as many microseconds for one.
    write: (seconds) => `${short(seconds * 10)} µs`,
  },
  memory: {
    unit: 'MiB',
    format: (bytes) => whole(bytes / 1024 / 1024),
    write: (bytes) => `${short(bytes / 1024 / 1024)} MiB`,
  },
  lost: { unit: 'lost', format: whole, write: short },
};

/** A ratio with as many digits as one can believe. */
export function formatRatio(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}

/** `123,456`, with a digit more where there are few before it. */
function whole(value: number): string {
  const digits = value > 0 && value < 100 ? 1 : 0;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** `123k`. */
function short(value: number): string {
  const digits = { notation: 'compact', maximumSignificantDigits: value < 10 ? 2 : 3 } as const;
  return value.toLocaleString('en', digits).replace('K', 'k');
}
