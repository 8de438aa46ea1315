import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { EtcdAccess } from './etcd-access.js';
import { isLeaseGone } from './etcd-failure.js';
import { EtcdSession } from './etcd-session.js';
import {
  type KeyEvent,
  type KeyValue,
  type WireKeyValue,
  type WireWatch,
  encoded,
  encodedKeyValue,
  keyEvents,
  keyValueOf,
  rangeOf,
} from './etcd-wire.js';

/** All keys with a prefix at one time. */
export interface Range {
  /** In the order in which they were written. */
  readonly entries: readonly KeyValue[];
  /** The revision of etcd that they are of. */
  readonly revision: bigint;
}

/**
 * What this package needs of etcd's API v3. Its methods throw a `RemoteCallError` that names the remedy,
 * or the reason of their signal.
 */
export class EtcdClient {
  private readonly session: EtcdSession;

  /** @param timeout milliseconds that an endpoint has to answer before the next one is asked */
  constructor(access: EtcdAccess, timeout: number) {
    this.session = new EtcdSession(access, timeout);
  }

  /** All keys that begin with a prefix. */
  async range(prefix: string, signal: AbortSignal): Promise<Range> {
    const answer = await this.session.ask('kv/range', rangeOf(prefix), signal);
    const { kvs = [], header } = answer as {
      kvs?: WireKeyValue[];
      header: { revision: string };
    };
    const sorted = kvs.toSorted((a, b) => Number(BigInt(a.mod_revision) - BigInt(b.mod_revision)));
    return { entries: sorted.map((entry) => keyValueOf(entry)), revision: BigInt(header.revision) };
  }

  /**
   * What becomes of the keys with a prefix, from a revision on. It ends when the connection is lost, or
   * etcd does not remember the revision any more.
   *
   * @returns lists of events; the first one, which is empty, says that the watch has begun
   */
  async *watch(
    prefix: string,
    revision: bigint,
    signal: AbortSignal,
  ): AsyncGenerator<readonly KeyEvent[]> {
    const body = { create_request: { ...rangeOf(prefix), start_revision: String(revision) } };
    const answers = await this.session.stream('watch', body, signal);
    for (;;) {
      // What ends a stream that has begun is no error: the keys are read anew.
      const next = await answers.next().catch(() => undefined);
      const { result, error } = (next?.value ?? {}) as WireWatch;
      if (!next || next.done || error || result?.compact_revision !== undefined) {
        return;
      }
      if (result?.canceled) {
        throw watchRefused(result.cancel_reason);
      }
      yield keyEvents(result?.events ?? []);
    }
  }

  /** @param ttl seconds @returns its id */
  async grantLease(ttl: number, signal: AbortSignal): Promise<string> {
    const { ID } = (await this.session.ask('lease/grant', { TTL: ttl }, signal)) as { ID: string };
    return ID;
  }

  /** @returns whether there is still such a lease */
  async keepLease(lease: string, signal: AbortSignal): Promise<boolean> {
    const answer = await this.session.ask('lease/keepalive', { ID: lease }, signal);
    const { result } = answer as { result?: { TTL?: string } };
    return Number(result?.TTL ?? 0) > 0;
  }

  /** Whether there is a key. */
  async has(key: string, signal: AbortSignal): Promise<boolean> {
    const body = { key: encoded(key), count_only: true };
    const { count = '0' } = (await this.session.ask('kv/range', body, signal)) as {
      count?: string;
    };
    return count !== '0';
  }

  /** Ends a lease, and deletes its keys. Does nothing where it has run out. */
  async revokeLease(lease: string, signal: AbortSignal): Promise<void> {
    await unlessGone(this.session.ask('lease/revoke', { ID: lease }, signal));
  }

  /** Writes a key that lasts as long as the lease. @returns whether there is still such a lease */
  put(entry: KeyValue, lease: string, signal: AbortSignal): Promise<boolean> {
    return unlessGone(this.session.ask('kv/put', { ...encodedKeyValue(entry), lease }, signal));
  }
}

async function unlessGone(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (error instanceof RemoteCallError && isLeaseGone(error)) {
      return false;
    }
    throw error;
  }
}

function watchRefused(reason = 'it gave no reason'): RemoteCallError {
  return new RemoteCallError(
    `etcd refuses to tell changes: ${reason}; while it does, they are seen late`,
    { reason },
    { code: 'UNAVAILABLE' },
  );
}
