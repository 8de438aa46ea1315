import { setTimeout } from 'node:timers/promises';

/** Callers that call without a pause, each one call at a time, and note what became of it. */
export class Load {
  /** What is wrong with the calls that have failed. */
  readonly failures: string[] = [];
  /** How many have not. */
  answers = 0;
  private readonly servers = new Set<string>();
  private readonly callers: Promise<void>[];
  private stopped = false;

  /** @param call resolves with the name of what has answered */
  constructor(
    private readonly call: () => Promise<string>,
    callers = 8,
  ) {
    this.callers = Array.from({ length: callers }, () => this.run());
  }

  /**
   * Waits until each of these has answered a call from here on.
   *
   * @returns their names
   */
  async reach(names: readonly string[]): Promise<readonly string[]> {
    this.servers.clear();
    while (!names.every((name) => this.servers.has(name))) {
      await setTimeout(10);
    }
    return names;
  }

  /** Ends when the last calls have. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.callers);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        const name = await this.call();
        this.answers++;
        this.servers.add(name);
      } catch (error) {
        this.failures.push((error as Error).message);
        await setTimeout(10);
      }
    }
  }
}
