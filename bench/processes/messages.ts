import type { Load, LoadResult, LoadTimes, Usage } from '../measurement.js';

/** What the client process is started with, after its server listens. */
export interface ClientArguments {
  transport: string;
  address: string;
}

/** The requests of the main process to the others, one at a time. */
export type ProcessRequest =
  | { kind: 'usage' }
  | { kind: 'open'; connections: number }
  | { kind: 'load'; load: Load; times: LoadTimes };

/** The responses. A process sends `ready` without a request, when it has started. */
export type ProcessResponse =
  | { kind: 'ready'; address: string }
  | { kind: 'usage'; usage: Usage }
  | { kind: 'open' }
  | { kind: 'load'; result: LoadResult }
  | { kind: 'failed'; reason: string };
