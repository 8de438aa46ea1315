import type { Resolver } from './resolver.js';
import type { ServerRecord } from './server-record.js';

/** The longest time of a timer, in milliseconds. */
const LONGEST = 0x7fff_ffff;

/**
 * Keeps the process alive while no server is known, as a socket would that tries to connect: a call that
 * waits for a server ends by its timeout then, and not with the process.
 */
export class WaitingResolver implements Resolver {
  constructor(private readonly source: Resolver) {}

  watch(changed: (servers: readonly ServerRecord[]) => void): () => void {
    const timer = setInterval(() => undefined, LONGEST);
    const unwatch = this.source.watch((servers) => {
      if (servers.length === 0) {
        timer.ref();
      } else {
        timer.unref();
      }
      changed(servers);
    });
    return () => {
      clearInterval(timer);
      unwatch();
    };
  }

  refresh(): void {
    this.source.refresh?.();
  }

  reached(address: string): void {
    this.source.reached?.(address);
  }

  unreachable(address: string): void {
    this.source.unreachable?.(address);
  }
}
