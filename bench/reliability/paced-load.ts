import { setTimeout } from 'node:timers/promises';
import type { RemoteClient } from 'nestjs-remote';
import { percentile } from '../statistics.js';

/** How one call went; times are of `performance.now()`. */
interface MadeCall {
  readonly madeAt: number;
  endedAt: number;
  error?: unknown;
}

/** Makes calls at a steady rate, however long they take, by clients in turn. */
export class PacedLoad {
  readonly calls: MadeCall[] = [];
  private readonly ends: Promise<void>[] = [];
  private isOn = true;
  private readonly running: Promise<void>;

  /**
   * Starts it.
   *
   * @param rate calls a second, of all clients together
   */
  constructor(
    private readonly clients: readonly RemoteClient[],
    private readonly rate: number,
    private readonly idempotent = false,
  ) {
    this.running = this.run();
  }

  get failed(): readonly MadeCall[] {
    return this.calls.filter(({ error }) => error !== undefined);
  }

  get inFlight(): number {
    return this.calls.filter(({ endedAt }) => endedAt === 0).length;
  }

  /** Resolves when all its calls have ended. */
  async stop(): Promise<void> {
    this.isOn = false;
    await this.running;
    await Promise.all(this.ends);
  }

  /** Milliseconds that calls have taken that were made in a time. */
  percentile(part: number, from = -Infinity, to = Infinity): number {
    const times = this.calls
      .filter(({ madeAt }) => madeAt >= from && madeAt < to)
      .map(({ madeAt, endedAt }) => endedAt - madeAt);
    return percentile(Float64Array.from(times), part);
  }

  private async run(): Promise<void> {
    const beganAt = performance.now();
    while (this.isOn) {
      const due = ((performance.now() - beganAt) / 1000) * this.rate;
      while (this.calls.length < due) {
        this.ends.push(this.call(this.calls.length));
      }
      await setTimeout(1);
    }
  }

  private async call(number: number): Promise<void> {
    const { idempotent } = this;
    const call: MadeCall = { madeAt: performance.now(), endedAt: 0 };
    this.calls.push(call);
    const client = this.clients[number % this.clients.length] as RemoteClient;
    try {
      await client.issueCall('work', [number], { idempotent });
    } catch (error) {
      call.error = error;
    }
    call.endedAt = performance.now();
  }
}
