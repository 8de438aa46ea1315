import type { MessageHandler } from '@nestjs/microservices';
import { type Observable, isObservable } from 'rxjs';
import type { RemoteContext } from './remote-context.js';

/** What becomes of a handler's run: it ends with one of the next three, then `ended`. */
export interface HandlerOutcome {
  /** The first of several values has come. */
  began(): void;
  answered(value: unknown): void;
  /** Nest's filters ended it with this error: it is meant for the caller. */
  failed(error: unknown): void;
  /** This error got past Nest's filters, or came from a hook: it is not for the caller. */
  crashed(error: unknown): void;
  /** The promise or Observable has really ended, or was unsubscribed. */
  ended(): void;
}

/**
 * One run of a handler: awaits its promise, subscribes to its Observable, and reports the end once.
 *
 * A plain value is answered without building an Observable. Of several values the last one counts.
 */
export class HandlerRun {
  private unsubscribe: (() => void) | undefined;
  private isAborted = false;
  private hasEnded = false;

  /** @param outcome told how it ends; `ended` exactly once, and the others at most once */
  constructor(
    private readonly handler: MessageHandler,
    private readonly data: unknown,
    private readonly context: RemoteContext,
    private readonly outcome: HandlerOutcome,
  ) {}

  async start(): Promise<void> {
    try {
      const result: unknown = await this.handler(this.data, this.context);
      if (isObservable(result)) {
        this.subscribe(result);
      } else {
        this.outcome.answered(result);
        this.end();
      }
    } catch (error) {
      this.crash(error);
    }
  }

  /** Nobody waits for it any more: its Observable is unsubscribed, a promise runs on. */
  abort(): void {
    this.isAborted = true;
    if (this.unsubscribe) {
      this.unsubscribe();
      this.end();
    }
  }

  crash(error: unknown): void {
    this.outcome.crashed(error);
    this.end();
  }

  private subscribe(values: Observable<unknown>): void {
    if (this.isAborted) {
      this.end();
      return;
    }
    let last: unknown;
    let hasBegun = false;
    const subscription = values.subscribe({
      next: (value) => {
        last = value;
        if (!hasBegun) {
          hasBegun = true;
          this.outcome.began();
        }
      },
      error: (error) => this.outcome.failed(error),
      complete: () => this.outcome.answered(last),
    });
    this.unsubscribe = () => subscription.unsubscribe();
    // Last of all, after the finalizers of interceptors and hooks.
    subscription.add(() => this.end());
  }

  private end(): void {
    if (!this.hasEnded) {
      this.hasEnded = true;
      this.outcome.ended();
    }
  }
}
