import type { RemoteClient, RemoteServer } from 'nestjs-remote';

/** What a client holds, which nothing public shows. All but `retired` are 0 when nothing is going on. */
export interface HeldByClient {
  calls: number;
  events: number;
  waiting: number;
  /** Ids that ended without an answer, which are not drawn again for a while. */
  retired: number;
}

/** @see HeldByClient */
export function heldBy(client: RemoteClient): HeldByClient {
  const { endpoint } = client as unknown as {
    endpoint: {
      pending: {
        requests: { size: number; retired: Map<number, number> };
        events: { size: number };
        dispatcher: { unsent: { size: number } };
      };
    };
  };
  const { requests, events, dispatcher } = endpoint.pending;
  return {
    calls: requests.size,
    events: events.size,
    waiting: dispatcher.unsent.size,
    retired: requests.retired.size,
  };
}

/** How many handlers of a server run, also after the response. */
export function runningOn(server: RemoteServer): number {
  const { endpoint } = server as unknown as {
    endpoint: { scheduler: { calls: { all(): unknown[] } } };
  };
  return endpoint.scheduler.calls.all().length;
}
