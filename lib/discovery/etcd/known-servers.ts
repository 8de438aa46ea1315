import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { ServerRecord } from '../server-record.js';
import type { KeyEvent, KeyValue } from './etcd-wire.js';
import { type StoredRecord, readStoredRecord } from './stored-record.js';

/**
 * A server that is known.
 *
 * ```text
 *              key is gone
 *   present ─────────────────▶ missing ── unreachable, or its ttl is over ──▶ (forgotten)
 *     │ ▲    key is back          │
 *     │ └──── or etcd is down ────┘
 *     └──── left ──▶ (forgotten)
 * ```
 *
 * - `present`: etcd has its key, or had it when it was last asked.
 * - `missing`: its key is gone, and the server has not said that it leaves. It has died, or could not
 *   renew its key because etcd was down, and does so soon. Where most servers are missing, the fault is
 *   not theirs: those that are connected stay for longer than their ttl.
 */
type Known =
  | { readonly name: 'present'; readonly record: StoredRecord }
  | { readonly name: 'missing'; readonly record: StoredRecord; readonly timer: NodeJS.Timeout };

/** The servers that etcd has told of. What etcd forgets because it was down itself stays known. */
export class KnownServers {
  private readonly servers = new Map<string, Known>();
  /** What became of the latest attempt to connect, by the addresses. */
  private readonly attempts = new Map<string, 'reached' | 'unreachable'>();
  /** Values that are no records, by their keys, so that each is reported once. */
  private readonly unusable = new Map<string, string>();
  private latest = '[]';

  /**
   * @param changed gets all servers whenever they have changed
   * @param failed gets the error of a record that cannot be used
   */
  constructor(
    private readonly changed: (servers: readonly ServerRecord[]) => void,
    private readonly failed: (error: RemoteCallError) => void,
  ) {}

  /** Takes all keys of etcd. */
  replace(entries: readonly KeyValue[]): void {
    const keys = new Set(entries.map(({ key }) => key));
    for (const key of this.servers.keys()) {
      if (!keys.has(key)) {
        this.miss(key);
      }
    }
    for (const key of this.unusable.keys()) {
      if (!keys.has(key)) {
        this.unusable.delete(key);
      }
    }
    entries.forEach((entry) => this.put(entry));
    this.publish();
  }

  /** Takes changes of keys. */
  apply(events: readonly KeyEvent[]): void {
    for (const event of events) {
      if (event.type === 'put') {
        this.put(event);
      } else {
        this.miss(event.key);
      }
    }
    this.publish();
  }

  /** etcd is down: no server can renew its key, so none is given up. */
  keepAll(): void {
    for (const [key, known] of this.servers) {
      this.set(key, { name: 'present', record: known.record });
    }
  }

  reached(address: string): void {
    this.attempts.set(address, 'reached');
  }

  unreachable(address: string): void {
    this.attempts.set(address, 'unreachable');
    const lost = [...this.servers].filter(
      ([, { name, record }]) => name === 'missing' && record.address === address,
    );
    if (lost.length > 0) {
      lost.forEach(([key]) => this.forget(key));
      this.publish();
    }
  }

  /** Forgets all of them, and tells nobody. */
  close(): void {
    [...this.servers.keys()].forEach((key) => this.forget(key));
  }

  private put(entry: KeyValue): void {
    const { key } = entry;
    const record = this.read(entry);
    if (!record || record.leaving) {
      this.forget(key);
    } else {
      // The latest comes last, and so takes its address over from a server that was there before it.
      this.forget(key);
      this.set(key, { name: 'present', record });
    }
  }

  private read(entry: KeyValue): StoredRecord | undefined {
    const { key, value } = entry;
    try {
      const record = readStoredRecord(entry);
      this.unusable.delete(key);
      return record;
    } catch (error) {
      if (this.unusable.get(key) !== value) {
        this.unusable.set(key, value);
        this.failed(error as RemoteCallError);
      }
      return undefined;
    }
  }

  private miss(key: string): void {
    const known = this.servers.get(key);
    this.unusable.delete(key);
    if (known?.name !== 'present') {
      return;
    }
    const { record } = known;
    if (this.attempts.get(record.address) === 'unreachable') {
      this.forget(key);
      return;
    }
    const timer = setTimeout(() => {
      if (this.attempts.get(record.address) !== 'reached' || !this.areMostMissing()) {
        this.forget(key);
        this.publish();
      }
    }, record.ttl).unref();
    this.set(key, { name: 'missing', record, timer });
  }

  private areMostMissing(): boolean {
    const all = [...this.servers.values()];
    return all.filter(({ name }) => name === 'missing').length > all.length / 2;
  }

  private set(key: string, known: Known): void {
    this.stopTimer(key);
    this.servers.set(key, known);
  }

  private forget(key: string): void {
    this.stopTimer(key);
    this.servers.delete(key);
  }

  private stopTimer(key: string): void {
    const known = this.servers.get(key);
    if (known?.name === 'missing') {
      clearTimeout(known.timer);
    }
  }

  private publish(): void {
    const byAddress = new Map<string, ServerRecord>();
    for (const { record } of this.servers.values()) {
      const { ttl: _ttl, ...server } = record;
      byAddress.set(server.address, server);
    }
    for (const address of this.attempts.keys()) {
      if (!byAddress.has(address)) {
        this.attempts.delete(address);
      }
    }
    const servers = [...byAddress.values()];
    const text = JSON.stringify(servers);
    if (text !== this.latest) {
      this.latest = text;
      this.changed(servers);
    }
  }
}
