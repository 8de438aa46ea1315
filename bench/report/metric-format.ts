import type { Metric } from '../measurement.js';

/** How a number of each metric is written for people. */
export const METRIC_FORMATS: Record<Metric, { unit: string; format: (value: number) => string }> = {
  rate: { unit: 'per second', format: whole },
  p50: { unit: 'p50 µs', format: whole },
  p99: { unit: 'p99 µs', format: whole },
  cpu: { unit: 'CPU s per 100,000', format: (seconds) => seconds.toFixed(2) },
  memory: { unit: 'MiB', format: (bytes) => whole(bytes / 1024 / 1024) },
  lost: { unit: 'lost', format: whole },
};

/** A ratio with as many digits as one can believe. */
export function formatRatio(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}

function whole(value: number): string {
  const digits = value > 0 && value < 100 ? 1 : 0;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
