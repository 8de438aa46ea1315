import type { RemoteCallError } from '../errors/remote-call.error.js';
import type { DropReport } from '../observe/drop-counter.js';

/** The events of a client, for `on`. */
export type RemoteClientEvents = {
  /** A link is up; with the addresses it leads to. */
  connect: (addresses: string) => void;
  /** A link is lost or closed; with its addresses and the reason. */
  disconnect: (addresses: string, reason: string) => void;
  /** Something went wrong that ends no call. */
  error: (error: RemoteCallError) => void;
  /** Something was dropped; at a limited rate for each reason. */
  drop: (report: DropReport) => void;
};

/** Their names. */
export const CLIENT_EVENTS = ['connect', 'disconnect', 'error', 'drop'] as const;
