import { RemoteCallError } from '../errors/remote-call.error.js';
import type { RemoteClient } from '../client/remote-client.js';
import { LatencyHistogram } from './latency-histogram.js';

/** Calls a method over and over, so many at once, until it is stopped. */
export class BenchRun {
  readonly latencies = new LatencyHistogram();
  /** How many calls failed, by code. */
  readonly errors: Record<string, number> = {};
  private readonly startedAt = performance.now();
  private endedAt: number | undefined;

  /** @param call makes one call */
  constructor(private readonly call: () => Promise<unknown>) {}

  /** A run of calls by a client. */
  static of(client: RemoteClient, ...call: Parameters<RemoteClient['issueCall']>): BenchRun {
    return new BenchRun(() => client.issueCall(...call));
  }

  /** How many seconds it has taken. */
  get seconds(): number {
    return ((this.endedAt ?? performance.now()) - this.startedAt) / 1000;
  }

  /** Calls with a result, for each second. */
  get rate(): number {
    return this.latencies.count / this.seconds;
  }

  /** Calls until `stop`, and resolves when the calls in flight have ended. */
  async run(parallel: number): Promise<void> {
    await Promise.all(Array.from({ length: parallel }, () => this.repeat()));
    this.stop();
  }

  /** Makes no more calls. */
  stop(): void {
    this.endedAt ??= performance.now();
  }

  private async repeat(): Promise<void> {
    while (this.endedAt === undefined) {
      const startedAt = performance.now();
      try {
        await this.call();
        this.latencies.add(performance.now() - startedAt);
      } catch (error) {
        if (!(error instanceof RemoteCallError) || error.code === 'INVALID_ARGUMENT') {
          throw error;
        }
        this.errors[error.code] = (this.errors[error.code] ?? 0) + 1;
        // Errors may come without waiting for anything: timers and signals must have their turn.
        await new Promise(setImmediate);
      }
    }
  }
}
