import type { MessageHandler } from '@nestjs/microservices';
import { callHook } from '../../observe/call-hook.js';
import type { HandlerResult } from './handler-result.js';
import { HandlerRun } from './handler-run.js';
import type { RemoteContext } from './remote-context.js';

/** The runs of all handlers that take one event: it ends when the last of them has. */
export class JointRun implements HandlerResult {
  readonly streams = false;
  private readonly runs: readonly HandlerRun[];
  private running: number;
  private endHook: (() => unknown) | undefined;

  /** @param result takes each error, and one end */
  constructor(
    handlers: readonly MessageHandler[],
    data: unknown,
    context: RemoteContext,
    private readonly result: HandlerResult,
  ) {
    this.runs = handlers.map((handler) => new HandlerRun(handler, data, context, this));
    this.running = handlers.length;
  }

  /** @param endHook is called when all have ended, before `ended` of the result */
  async start(endHook?: () => unknown): Promise<void> {
    this.endHook = endHook;
    await Promise.all(this.runs.map((run) => run.start()));
  }

  abort(): void {
    this.runs.forEach((run) => run.abort());
  }

  /** Ends them before they have started. */
  crash(error: unknown): void {
    this.result.crashed(error);
    this.result.ended();
  }

  whenWritable(): undefined {
    return undefined;
  }

  began(): void {
    // An event has no time limit.
  }

  item(): void {
    // An event has no response.
  }

  completed(): void {
    // The others may still run.
  }

  failed(error: unknown): void {
    this.result.failed(error);
  }

  crashed(error: unknown): void {
    this.result.crashed(error);
  }

  ended(): void {
    this.running--;
    if (this.running === 0) {
      this.result.completed(undefined);
      callHook(
        () => this.endHook?.(),
        (error) => this.result.crashed(error),
      );
      this.result.ended();
    }
  }
}
