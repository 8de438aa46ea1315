import { RemoteCallError, type RemoteClient } from 'nestjs-remote';
import { firstValueFrom, toArray } from 'rxjs';

/** How many values a stream has. */
const STREAM_LENGTH = 10;

/** Of so many pieces of work, one each is a stream, a cancelled call, an error and an event. */
const ROUND = 1000;

/** How many different errors that were not expected are kept. */
const MAX_ERRORS = 10;

/**
 * Small calls at full speed, with some streams, cancelled calls, errors and events among them; each
 * checks its own result.
 */
export class MixedLoad {
  calls = 0;
  events = 0;
  unexpected = 0;
  /** The first of those. */
  readonly errors = new Set<string>();
  private isOn = true;
  private readonly workers: Promise<void>[];

  /** Starts it. */
  constructor(
    private readonly client: RemoteClient,
    inFlight: number,
  ) {
    this.workers = Array.from({ length: inFlight }, (_, worker) => this.work(worker));
  }

  /** Starts nothing any more, and resolves when all has ended. */
  async stop(): Promise<void> {
    this.isOn = false;
    await Promise.all(this.workers);
  }

  private async work(worker: number): Promise<void> {
    // Not all of them in step.
    for (let turn = worker * 4; this.isOn; turn++) {
      try {
        await this.take(turn % ROUND, turn);
      } catch (error) {
        this.unexpected++;
        if (this.errors.size < MAX_ERRORS) {
          this.errors.add(String(error));
        }
      }
    }
  }

  private async take(kind: number, turn: number): Promise<void> {
    switch (kind) {
      case 0:
        this.calls++;
        return this.stream();
      case 1:
        this.calls++;
        return this.cancel();
      case 2:
        this.calls++;
        return this.fail();
      case 3:
        this.events++;
        await this.client.notify['note'](turn);
        return undefined;
      default:
        return this.add(turn);
    }
  }

  private async add(turn: number): Promise<void> {
    this.calls++;
    expectSame(await this.client.call['add'](turn, 1), turn + 1);
  }

  private async stream(): Promise<void> {
    const values = this.client.send<number>('count', STREAM_LENGTH).pipe(toArray());
    const expected = Array.from({ length: STREAM_LENGTH }, (_, index) => index);
    expectSame(String(await firstValueFrom(values)), String(expected));
  }

  private async cancel(): Promise<void> {
    const controller = new AbortController();
    const call = this.client.issueCall('hang', [], { signal: controller.signal, timeout: 0 });
    const ending = codeOf(call);
    // One that follows gets its response: the handler of the other must be at work.
    await this.add(0);
    controller.abort();
    expectSame(await ending, 'CANCELLED');
  }

  private async fail(): Promise<void> {
    expectSame(await codeOf(this.client.issueCall('fail')), 'UNKNOWN');
  }
}

/** The code of the error that a call ends with. */
async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error instanceof RemoteCallError ? error.code : String(error);
  }
}

function expectSame(actual: unknown, expected: unknown): void {
  if (actual !== expected) {
    throw new Error(`got ${String(actual)} instead of ${String(expected)}`);
  }
}
