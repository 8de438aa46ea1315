import { setTimeout } from 'node:timers/promises';

/** Milliseconds from a response to the next call. */
const PAUSE = 2;

/** Calls that are made one after the other by each of several callers, until they are stopped. */
export class SteadyCalls {
  private isOn = true;
  private failed = 0;
  private readonly callers: Promise<void>[];

  constructor(callers: readonly (() => Promise<unknown>)[]) {
    this.callers = callers.map((call) => this.repeat(call));
  }

  /** @returns how many have failed */
  async stop(): Promise<number> {
    this.isOn = false;
    await Promise.all(this.callers);
    return this.failed;
  }

  private async repeat(call: () => Promise<unknown>): Promise<void> {
    while (this.isOn) {
      await call().catch(() => this.failed++);
      await setTimeout(PAUSE);
    }
  }
}
