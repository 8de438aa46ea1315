import type { RemoteClient } from 'nestjs-remote';

/** How a call ended. */
export interface Ended {
  /** Nanoseconds of `process.hrtime.bigint()`. */
  at: bigint;
  /** Undefined for one that got its response. */
  error: unknown;
}

/** Keeps so many calls in flight that each is made anew when it has ended, whatever happens. */
export class SteadyLoad {
  private readonly calls: Promise<Ended>[] = [];
  private waiters: ((response: Ended) => void)[] = [];
  private isOn = true;

  /** Starts it. */
  constructor(
    private readonly client: RemoteClient,
    inFlight: number,
  ) {
    for (let slot = 0; slot < inFlight; slot++) {
      void this.repeat(slot);
    }
  }

  /** Resolves when all calls that are in flight now have ended. */
  endings(): Promise<Ended[]> {
    return Promise.all(this.calls);
  }

  /** Resolves with the next call that gets its response. */
  nextResponse(): Promise<Ended> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  stop(): void {
    this.isOn = false;
  }

  private async repeat(slot: number): Promise<void> {
    while (this.isOn) {
      const call = this.call();
      this.calls[slot] = call;
      await call;
    }
  }

  private async call(): Promise<Ended> {
    try {
      await this.client.call['work']();
    } catch (error) {
      return { at: process.hrtime.bigint(), error };
    }
    const responded = { at: process.hrtime.bigint(), error: undefined };
    this.waiters.splice(0).forEach((resolve) => resolve(responded));
    return responded;
  }
}
