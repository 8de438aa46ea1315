import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { QuietErrors } from '../../nodes/quiet-errors.js';
import type { Resolver } from '../resolver.js';
import type { ServerRecord } from '../server-record.js';
import { type EtcdSource, readEtcdSource } from './etcd-access.js';
import { EtcdClient } from './etcd-client.js';
import { EtcdWatch } from './etcd-watch.js';
import { KnownServers } from './known-servers.js';

/** How long an endpoint has to answer, in milliseconds. */
const TIMEOUT = 3000;

/** Options of an {@link EtcdResolver}. */
export interface EtcdResolverOptions {
  /** The most milliseconds without news before all keys are read anew; 0 for no limit. */
  readonly interval: number;
  /** etcd does not answer, or has a record that cannot be used. */
  readonly failed: (error: RemoteCallError) => void;
}

/** The servers that have registered in etcd under one name, as they come and go. */
export class EtcdResolver implements Resolver {
  private readonly source: EtcdSource;
  private readonly client: EtcdClient;
  private readonly errors: QuietErrors;
  private current: { readonly known: KnownServers; readonly watch: EtcdWatch } | undefined;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for a text that is no `etcd://host:port/name` */
  constructor(
    text: string,
    private readonly options: EtcdResolverOptions,
  ) {
    this.source = readEtcdSource(text, 'connect');
    this.client = new EtcdClient(this.source.access, TIMEOUT);
    this.errors = new QuietErrors(options.failed);
  }

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    const failed = (error: RemoteCallError): void => this.errors.add(error);
    const known = new KnownServers(changed, failed);
    const watch = new EtcdWatch(this.client, this.source.prefix, this.options.interval, {
      found: (entries) => known.replace(entries),
      changed: (events) => known.apply(events),
      failed: (error) => {
        known.keepAll();
        failed(error);
      },
    });
    this.current = { known, watch };
    changed([]);
    return () => {
      watch.close();
      known.close();
    };
  }

  refresh(): void {
    this.current?.watch.refresh();
  }

  reached(address: string): void {
    this.current?.known.reached(address);
  }

  unreachable(address: string): void {
    this.current?.known.unreachable(address);
  }
}
