import type { MessageHandler } from '@nestjs/microservices';
import type { HandlerResult } from '../../lib/server/handlers/handler-result.js';
import { HandlerRun } from '../../lib/server/handlers/handler-run.js';
import type { RemoteContext } from '../../lib/server/handlers/remote-context.js';

/** A step of a handler's run: its name, and the value or the error's message. */
export type Step = readonly [name: string, value?: unknown];

/** A run of a handler whose steps are recorded. */
export class RecordedRun implements HandlerResult {
  /** The steps so far, in order. */
  readonly steps: Step[] = [];
  readonly run: HandlerRun;
  /** What `whenWritable` returns. */
  wait: Promise<void> | undefined;
  /** Is called with the name of each step. */
  listener: (name: string) => void = () => undefined;

  constructor(
    handler: () => unknown,
    readonly streams = true,
  ) {
    this.run = new HandlerRun(
      (async () => handler()) as MessageHandler,
      undefined,
      {} as RemoteContext,
      this,
    );
  }

  /** The names of the steps so far. */
  get names(): string[] {
    return this.steps.map(([name]) => name);
  }

  /** Runs the handler, as far as it gets within this turn of the event loop. */
  async start(): Promise<this> {
    await this.run.start(() => this.record('hook'));
    return this;
  }

  whenWritable(): Promise<void> | undefined {
    return this.wait;
  }

  began(): void {
    this.record('began');
  }

  item(value: unknown): void {
    this.record('item', value);
  }

  completed(value: unknown): void {
    this.record('completed', value);
  }

  failed(error: unknown): void {
    this.record('failed', (error as Error).message);
  }

  crashed(error: unknown): void {
    this.record('crashed', (error as Error).message);
  }

  ended(): void {
    this.record('ended');
  }

  private record(name: string, ...values: [value?: unknown]): void {
    this.steps.push([name, ...values]);
    this.listener(name);
  }
}

/** Resolves in the next turn of the event loop, when everything that this one started is done. */
export async function nextTurn(): Promise<void> {
  await new Promise(setImmediate);
}

/** How every run ends. */
export const END: readonly Step[] = [['hook'], ['ended']];
