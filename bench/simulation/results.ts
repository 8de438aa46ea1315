import type { LoadSpread } from './load-watch.js';
import type { SpanResult } from './recorder.js';
import type { Size } from './site.js';

/** Numbers of all kinds of calls. */
export interface FailedCalls {
  /** Of those that must not run twice. */
  readonly once: number;
  readonly idempotent: number;
}

/** The least, the mean and the most of something. */
export interface Range {
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

/** What a scenario led to. */
export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly group?: string;
  /** When something happens, in seconds. */
  readonly steps: readonly number[];
  readonly calls: number;
  readonly failed: FailedCalls;
  /** Failed calls by their codes. */
  readonly codes: Readonly<Record<string, number>>;
  /**
   * Seconds from the loss of servers to the making of the last call that has failed, 0 where that was in
   * flight; left out where none has.
   */
  readonly recovery?: number;
  /** Links of each client at the end. */
  readonly links: Range;
  /** Clients of each server at the end. */
  readonly clients: Range;
  /** Over all the time, where nothing happens. */
  readonly spread?: LoadSpread;
  readonly loads: readonly LoadSpread[];
  readonly spans: readonly SpanResult[];
}

/** All results of a run: the content of the results file. */
export interface SimulationResults {
  readonly seed: string;
  readonly size: Size;
  readonly scenarios: readonly ScenarioResult[];
}

/** The range of numbers, of which there is one at least. */
export function rangeOf(numbers: readonly number[]): Range {
  return {
    least: Math.min(...numbers),
    mean: numbers.reduce((sum, number) => sum + number, 0) / numbers.length,
    most: Math.max(...numbers),
  };
}
