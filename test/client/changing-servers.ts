import type { LinkPoolOwner } from '../../lib/client/links/link-pool.js';
import { type ServersChange, describeChange } from '../../lib/client/links/servers-change.js';
import type { Resolver } from '../../lib/discovery/resolver.js';
import type { ServerRecord } from '../../lib/discovery/server-record.js';

/** Servers that the test changes. */
export class ChangingServers implements Resolver {
  private readonly watchers = new Set<(servers: readonly ServerRecord[]) => void>();

  constructor(private servers: readonly ServerRecord[]) {}

  get watches(): number {
    return this.watchers.size;
  }

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    changed(this.servers);
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  change(...servers: (string | ServerRecord)[]): void {
    this.servers = servers.map((server) =>
      typeof server === 'string' ? { address: server } : server,
    );
    this.watchers.forEach((changed) => changed(this.servers));
  }
}

/** Notes the links that rise and fall, by their addresses. */
export class PoolLog implements LinkPoolOwner {
  readonly lines: string[] = [];
  readonly failed = (error: Error): void => void this.lines.push(`failed: ${error.message}`);
  readonly cannotOpen = (error: Error): void =>
    void this.lines.push(`cannot open: ${error.message}`);
  readonly refused = (error: Error): void => void this.lines.push(`refused: ${error.message}`);
  readonly dropped = (): void => undefined;
  readonly retired = (): void => undefined;
  readonly unreachable = (): void => undefined;
  readonly message = (): number => 1;

  serversChanged(change: ServersChange): void {
    this.lines.push(describeChange(change));
  }

  up({ name }: { name: string }): void {
    this.lines.push(`up ${name}`);
  }

  down({ name }: { name: string }): void {
    this.lines.push(`down ${name}`);
  }
}
