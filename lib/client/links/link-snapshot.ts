import type { Link } from './link.js';

/** What one link of a client is like in this moment. */
export interface LinkSnapshot {
  /** The address that it leads to; on PUB all of them. */
  readonly address: string;
  /**
   * - `connecting`: it is not connected; it goes on trying.
   * - `ready`: it gets calls.
   * - `suspected`: nothing has come while calls are in flight there, or another server has fallen silent.
   *   It gets calls if no other is ready.
   * - `ejected`: it has failed. After a while it is tried; until then it gets calls if no other does.
   * - `trial`: it gets one call, which shows whether it is ready again.
   * - `draining`: its server takes no more calls, since it closes. Responses still come.
   * - `retiring`: its address is gone. It closes when its calls have ended.
   * - `closed`: it is not used again.
   */
  readonly state:
    | 'connecting'
    | 'ready'
    | 'suspected'
    | 'ejected'
    | 'trial'
    | 'draining'
    | 'retiring'
    | 'closed';
  /** How many calls were given to it that have not ended, and events that it has not sent. */
  readonly inFlight: number;
  /** How many calls have timed out there or were lost with it. Errors of handlers do not count. */
  readonly failures: number;
  /**
   * The moving average of the time from a call to its response, in milliseconds; undefined before the
   * first response. Calls without a `timeout` are not measured.
   */
  readonly latency: number | undefined;
  /** How many calls its server has in flight on average, for all clients, as it says; undefined before. */
  readonly load?: number;
  /** Where its server stands, as far as that is known. */
  readonly zone?: string;
  /** Servers of the lowest priority get the calls while one of them is up; undefined where it has none. */
  readonly priority?: number;
  /** The share of its server beside others, where it has one. */
  readonly weight?: number;
  /** Distinguishes its server from those that were at the address before, where that is known. */
  readonly instance?: string;
  /** The version of its server's program, where that is known. */
  readonly version?: string;
}

/** What a link is like in this moment. */
export function snapshotOf({ name, state, calls, health, load, record }: Link): LinkSnapshot {
  const { failures, latency } = health;
  const { zone, priority, weight, instance, version } = record ?? {};
  return {
    address: name,
    state: state === 'ready' && health.name !== 'trusted' ? health.name : state,
    inFlight: calls,
    failures,
    latency: latency || undefined,
    ...(load > 0 && { load }),
    ...(zone !== undefined && { zone }),
    ...(priority !== undefined && { priority }),
    ...(weight !== undefined && { weight }),
    ...(instance !== undefined && { instance }),
    ...(version !== undefined && { version }),
  };
}
