import type { Load, LoadResult, LoadTimes, Usage } from '../measurement.js';

/** What the client process is started with, after its server listens. */
export interface ClientArguments {
  transport: string;
  address: string;
}

/** What the main process asks of the others, one question at a time. */
export type Question =
  | { kind: 'usage' }
  | { kind: 'open'; connections: number }
  | { kind: 'load'; load: Load; times: LoadTimes };

/** What they answer. A process announces itself with `ready`, unasked. */
export type Answer =
  | { kind: 'ready'; address: string }
  | { kind: 'usage'; usage: Usage }
  | { kind: 'open' }
  | { kind: 'load'; result: LoadResult }
  | { kind: 'failed'; reason: string };
