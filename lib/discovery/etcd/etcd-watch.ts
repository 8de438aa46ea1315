import { setTimeout as pause } from 'node:timers/promises';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { BackOff } from '../../nodes/back-off.js';
import type { EtcdClient } from './etcd-client.js';
import type { KeyEvent, KeyValue } from './etcd-wire.js';

/** The least time between two readings that nothing but a lost address asks for, in milliseconds. */
const LEAST_INTERVAL = 5000;

/** Receives what an {@link EtcdWatch} finds. */
export interface EtcdWatchListener {
  /** All keys. */
  found(entries: readonly KeyValue[]): void;
  /** What has changed since. */
  changed(events: readonly KeyEvent[]): void;
  /** etcd does not answer. It is asked again. */
  failed(error: RemoteCallError): void;
}

/**
 * The state of a watch. Only the watch itself changes it.
 *
 * ```text
 *             found               lost, silent, refresh()
 *   reading ─────────▶ following ─────────────────────────▶ waiting
 *     ▲ │                                                     ▲ │
 *     │ └───────────────────── failed ────────────────────────┘ │
 *     └───────────────────────── time ──────────────────────────┘
 *
 *   any ── close() ──▶ closed
 * ```
 *
 * - `reading`: all keys are read.
 * - `following`: their changes are streamed. A stream that is silent for an interval may have lost its
 *   other end.
 * - `waiting`: the keys are read anew, the later the more often that has failed.
 * - `closed`: it is not used again.
 */
type State =
  | { readonly name: 'reading' | 'waiting' | 'closed' }
  | { readonly name: 'following'; readonly since: number; readonly ending: AbortController };

/** Reads the keys with a prefix, follows their changes, and begins anew where that is interrupted. */
export class EtcdWatch {
  private state: State = { name: 'reading' };
  private readonly closing = new AbortController();
  private readonly backOff = new BackOff();

  /** @param interval the most milliseconds without news before the keys are read anew; 0 for no limit */
  constructor(
    private readonly client: EtcdClient,
    private readonly prefix: string,
    private readonly interval: number,
    private readonly listener: EtcdWatchListener,
  ) {
    void this.run();
  }

  /** Reads the keys anew, unless they were read lately. */
  refresh(): void {
    const { state } = this;
    if (state.name === 'following' && performance.now() - state.since > LEAST_INTERVAL) {
      state.ending.abort();
    }
  }

  close(): void {
    if (this.state.name === 'following') {
      this.state.ending.abort();
    }
    this.state = { name: 'closed' };
    this.closing.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      const began = performance.now();
      try {
        this.state = { name: 'reading' };
        const { entries, revision } = await this.client.range(this.prefix, signal);
        signal.throwIfAborted();
        this.listener.found(entries);
        signal.throwIfAborted();
        await this.follow(revision + 1n);
      } catch (error) {
        if (!signal.aborted) {
          this.listener.failed(error as RemoteCallError);
        }
      }
      if (!signal.aborted) {
        this.state = { name: 'waiting' };
        const delay = this.backOff.lost(performance.now() - began);
        await pause(delay, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Resolves when the changes have come to an end. */
  private async follow(revision: bigint): Promise<void> {
    const ending = new AbortController();
    const { signal } = ending;
    this.state = { name: 'following', since: performance.now(), ending };
    const silence =
      this.interval > 0 ? setTimeout(() => ending.abort(), this.interval).unref() : undefined;
    try {
      for await (const events of this.client.watch(this.prefix, revision, signal)) {
        if (signal.aborted) {
          return;
        }
        silence?.refresh();
        this.listener.changed(events);
      }
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    } finally {
      clearTimeout(silence);
      ending.abort();
    }
  }
}
