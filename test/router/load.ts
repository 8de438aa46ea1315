import { RemoteCallError, type RemoteClient } from 'nestjs-remote';
import { expect } from 'vitest';

/** Calls that go on and on, and how they ended. */
export class Load {
  values = 0;
  readonly errors: RemoteCallError[] = [];
  readonly wrong: unknown[] = [];
  private made = 0;
  private isStopped = false;
  private readonly workers: Promise<void>[];

  /**
   * @param addresses the services to call, in turn
   * @param atOnce how many calls of each client are in flight
   */
  constructor(
    private readonly clients: readonly RemoteClient[],
    private readonly addresses: readonly string[],
    atOnce: number,
  ) {
    this.workers = clients.flatMap((client) =>
      Array.from({ length: atOnce }, () => this.work(client)),
    );
  }

  /** Waits until so many more calls than now were answered. */
  async answered(more: number): Promise<void> {
    const wanted = this.values + more;
    await expect.poll(() => this.values, { timeout: 30_000 }).toBeGreaterThanOrEqual(wanted);
  }

  /** Makes no more calls, and waits until all that were made have ended. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.workers);
  }

  /**
   * Checks that every call ended once: with its own answer or an error of this side, and that no
   * answer came for a call that had been answered.
   */
  expectEachEndedOnce(): void {
    expect(this.wrong).toEqual([]);
    expect(this.values + this.errors.length).toBe(this.made);
    for (const error of this.errors) {
      expect(error).toMatchObject({ origin: 'local' });
      expect(['UNAVAILABLE', 'DEADLINE_EXCEEDED']).toContain(error.code);
    }
    for (const client of this.clients) {
      expect([...client.dropCounts.keys()].filter((reason) => reason !== 'late response')).toEqual(
        [],
      );
    }
  }

  private async work(client: RemoteClient): Promise<void> {
    while (!this.isStopped) {
      const number = this.made++;
      const address = this.addresses[number % this.addresses.length] ?? '';
      try {
        const answer: unknown = await client.issueCall('tag', [number], { address });
        if (answer === `${address} answers ${number}`) {
          this.values++;
        } else {
          this.wrong.push(answer);
        }
      } catch (error) {
        this.failed(error);
        // One that is refused at once must not keep the event loop from everything else.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  private failed(error: unknown): void {
    if (error instanceof RemoteCallError) {
      this.errors.push(error);
    } else {
      this.wrong.push(error);
    }
  }
}
