import { setTimeout as pause } from 'node:timers/promises';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { reasonOf } from '../../errors/thrown-text.js';
import { BACK_OFF, BackOff } from '../../nodes/back-off.js';
import { QuietErrors } from '../../nodes/quiet-errors.js';
import type { Registration } from '../registry.js';
import type { EtcdClient } from './etcd-client.js';
import type { KeyValue } from './etcd-wire.js';
import type { StoredRecord } from './stored-record.js';

/** How long the registration may take to be given back, in milliseconds. */
const LONGEST_END = 1000;

/** How many times a lease is renewed while it lasts. */
const RENEWALS = 3;

/**
 * The state of a registration. Only the registration itself changes it.
 *
 * ```text
 *            granted            put
 *   absent ──────────▶ leased ───────▶ registered ──┐ renewed
 *     ▲                  │  ▲             │  ▲      │
 *     │                  │  └ key is gone ┤  └──────┘
 *     └─ lease is gone ──┴────────────────┘
 *
 *   any ── end() ──▶ ended
 * ```
 *
 * - `absent`: there is no lease, or none any more, and one is asked for.
 * - `leased`: there is a lease, and the key is to be put.
 * - `registered`: the key is there as long as its lease is renewed. It may be gone while etcd is down.
 * - `ended`: the registration is given back.
 */
type State =
  | { readonly name: 'absent' | 'ended' }
  | { readonly name: 'leased' | 'registered'; readonly lease: string };

/** The key of a server in etcd, which lasts until the registration ends or the server dies. */
export class EtcdRegistration implements Registration {
  private state: State = { name: 'absent' };
  private readonly ending = new AbortController();
  private readonly errors: QuietErrors;
  private readonly backOff: BackOff;

  /**
   * @param key of the server
   * @param record its value
   * @param failed what goes wrong, at a limited rate; it is tried again
   * @param warning as for registrations
   */
  constructor(
    private readonly client: EtcdClient,
    private readonly key: string,
    private readonly record: StoredRecord,
    failed: (error: RemoteCallError) => void,
    readonly warning?: string,
  ) {
    this.errors = new QuietErrors(failed);
    // Clients keep a server for a ttl after etcd is back: by then it has renewed its key.
    this.backOff = new BackOff({ ...BACK_OFF, most: Math.min(BACK_OFF.most, this.interval) });
    void this.run();
  }

  async end(): Promise<void> {
    const { client, key, record, state } = this;
    this.state = { name: 'ended' };
    this.ending.abort();
    if (!('lease' in state)) {
      return;
    }
    try {
      const signal = AbortSignal.timeout(LONGEST_END);
      // Clients tell a server that leaves from one whose lease ran out while etcd was down.
      await client.put(entryOf(key, { ...record, leaving: true }), state.lease, signal);
      await client.revokeLease(state.lease, signal);
    } catch (error) {
      this.report(error, `is not given back, and vanishes after ${record.ttl} ms`);
    }
  }

  private get interval(): number {
    return this.record.ttl / RENEWALS;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      const delay = await this.renew(signal);
      await pause(delay, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** @returns milliseconds until the next attempt */
  private async renew(signal: AbortSignal): Promise<number> {
    try {
      const lease = await this.renewLease(signal);
      if (this.state.name === 'leased') {
        const isPut = await this.client.put(entryOf(this.key, this.record), lease, signal);
        signal.throwIfAborted();
        this.state = isPut ? { name: 'registered', lease } : { name: 'absent' };
      }
      if (this.state.name === 'registered') {
        this.backOff.succeeded();
        return this.interval;
      }
    } catch (error) {
      if (!signal.aborted) {
        this.report(error, 'is not registered; the server goes on');
      }
    }
    return this.backOff.failed();
  }

  /** Renews the lease, or gets a new one where it is gone. */
  private async renewLease(signal: AbortSignal): Promise<string> {
    const { client, key, state } = this;
    if ('lease' in state && (await client.keepLease(state.lease, signal))) {
      const isKeyGone = state.name === 'registered' && !(await client.has(key, signal));
      signal.throwIfAborted();
      if (isKeyGone) {
        this.state = { name: 'leased', lease: state.lease };
      }
      return state.lease;
    }
    const lease = await client.grantLease(Math.ceil(this.record.ttl / 1000), signal);
    signal.throwIfAborted();
    this.state = { name: 'leased', lease };
    return lease;
  }

  private report(error: unknown, consequence: string): void {
    const { key } = this;
    // A signal whose time is up throws an error of its own.
    const { code, context } =
      error instanceof RemoteCallError
        ? error
        : new RemoteCallError('', {}, { code: 'UNAVAILABLE' });
    const message = `${key} ${consequence}: ${reasonOf(error)}`;
    this.errors.add(new RemoteCallError(message, { ...context, key }, { code, cause: error }));
  }
}

function entryOf(key: string, record: StoredRecord): KeyValue {
  return { key, value: JSON.stringify(record) };
}
