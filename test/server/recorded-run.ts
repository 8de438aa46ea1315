import type { MessageHandler } from '@nestjs/microservices';
import type { HandlerResult } from '../../lib/server/handlers/handler-result.js';
import { HandlerRun } from '../../lib/server/handlers/handler-run.js';
import type { RemoteContext } from '../../lib/server/handlers/remote-context.js';

/** What a handler's run told, in order: its name, and the value or the error's message. */
export type Told = readonly [name: string, value?: unknown];

/** A run of a handler whose outcome is written down. */
export class RecordedRun implements HandlerResult {
  readonly told: Told[] = [];
  readonly run: HandlerRun;
  /** What `room` gives. */
  wait: Promise<void> | undefined;
  /** Is called with each thing that is told. */
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

  /** The names of what was told. */
  get names(): string[] {
    return this.told.map(([name]) => name);
  }

  /** Runs the handler, as far as it gets within this turn of the event loop. */
  async start(): Promise<this> {
    await this.run.start(() => this.tell('hook'));
    return this;
  }

  whenWritable(): Promise<void> | undefined {
    return this.wait;
  }

  began(): void {
    this.tell('began');
  }

  item(value: unknown): void {
    this.tell('item', value);
  }

  completed(value: unknown): void {
    this.tell('completed', value);
  }

  failed(error: unknown): void {
    this.tell('failed', (error as Error).message);
  }

  crashed(error: unknown): void {
    this.tell('crashed', (error as Error).message);
  }

  ended(): void {
    this.tell('ended');
  }

  private tell(name: string, ...values: [value?: unknown]): void {
    this.told.push([name, ...values]);
    this.listener(name);
  }
}

/** Resolves in the next turn of the event loop, when everything that this one started is done. */
export async function nextTurn(): Promise<void> {
  await new Promise(setImmediate);
}

/** How every run ends. */
export const END: readonly Told[] = [['hook'], ['ended']];
