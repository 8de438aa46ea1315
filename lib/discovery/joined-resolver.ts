import type { Resolver } from './resolver.js';
import type { ServerRecord } from './server-record.js';

/** Several sources as one: all their servers, each address once. */
export class JoinedResolver implements Resolver {
  constructor(private readonly sources: readonly Resolver[]) {}

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    const found = this.sources.map((): readonly ServerRecord[] => []);
    let isWatching = false;
    const publish = (): void => {
      const servers = new Map<string, ServerRecord>();
      for (const server of found.flat()) {
        if (!servers.has(server.address)) {
          servers.set(server.address, server);
        }
      }
      changed([...servers.values()]);
    };
    const ends = this.sources.map((source, index) =>
      source.watch((servers) => {
        found[index] = servers;
        // At first together, so that no address is lost for the sake of one that comes after it.
        if (isWatching) {
          publish();
        }
      }),
    );
    isWatching = true;
    publish();
    return () => ends.forEach((end) => end());
  }

  refresh(): void {
    this.sources.forEach((source) => source.refresh?.());
  }

  reached(address: string): void {
    this.sources.forEach((source) => source.reached?.(address));
  }

  unreachable(address: string): void {
    this.sources.forEach((source) => source.unreachable?.(address));
  }
}
