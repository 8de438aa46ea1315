import type {
  CallsLoad,
  Emission,
  EventsLoad,
  LoadResult,
  LoadTimes,
  PacedLoad,
  Usage,
} from '../measurement.js';
import type { EventCount } from '../service.js';

/** What the client process is started with, after its server listens. */
export interface ClientArguments {
  transport: string;
  address: string;
}

/** The requests of the main process to the others, one at a time. */
export type ProcessRequest =
  | { kind: 'usage' }
  | { kind: 'open'; connections: number; areNew: boolean }
  | { kind: 'load'; load: CallsLoad | PacedLoad; times: LoadTimes }
  | { kind: 'emit'; load: EventsLoad; times: LoadTimes }
  /** To the one that serves. */
  | { kind: 'count' };

/** The responses. A process sends `ready` without a request, when it has started. */
export type ProcessResponse =
  | { kind: 'ready'; address: string }
  | { kind: 'usage'; usage: Usage }
  | { kind: 'open' }
  | { kind: 'load'; result: LoadResult }
  | { kind: 'emit'; emission: Emission }
  | { kind: 'count'; count: EventCount }
  | { kind: 'failed'; reason: string };
