import type { MessageHandler } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import { type IterableConsumer, closeUnused, valuesOf } from './async-iterables.js';
import type { RemoteContext } from './remote-context.js';

/** What becomes of a handler's run: any number of values, then one of the next three, then `ended`. */
export interface HandlerResult {
  /** Whether several values are wanted one by one; otherwise only the last one counts. */
  readonly streams: boolean;
  /** What to wait for before more values are made; undefined where there is room now. */
  whenWritable(): Promise<void> | undefined;
  /** The first of several values has come. */
  began(): void;
  /** One of several values, before the last. */
  item(value: unknown): void;
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
 * A plain value is answered without building an Observable. Of several values each is held back at
 * most until the end of the tick that made it: the last one may turn out to be the answer.
 */
export class HandlerRun implements IterableConsumer {
  private unsubscribe: (() => void) | undefined;
  private isAborted = false;
  private hasEnded = false;
  private closed: Promise<unknown> | undefined;
  private runEndHook: (() => void) | undefined;
  private hasBegun = false;
  private latest: unknown;
  private holdsBack = false;
  private isReleaseDue = false;

  /** @param outcome told how it ends; `ended` exactly once, `item` often, the others at most once */
  constructor(
    private readonly handler: MessageHandler,
    private readonly data: unknown,
    private readonly context: RemoteContext,
    private readonly outcome: HandlerResult,
  ) {}

  /** @param runEndHook is called when the run has ended, before the outcome is told so */
  async start(runEndHook?: () => void): Promise<void> {
    this.runEndHook = runEndHook;
    try {
      const result: unknown = await this.handler(this.data, this.context);
      if (this.isAborted) {
        closeUnused(result);
        this.end();
        return;
      }
      if (typeof result === 'object' && result !== null) {
        const values = valuesOf(result, this);
        if (values) {
          this.subscribe(values);
          return;
        }
      }
      this.outcome.answered(result);
      this.end();
    } catch (error) {
      this.crash(error);
    }
  }

  /** Nobody waits for it any more: its Observable is unsubscribed, a promise runs on. */
  abort(): void {
    this.isAborted = true;
    if (this.unsubscribe) {
      try {
        this.unsubscribe();
      } catch (error) {
        // Of a teardown: it must not reach whoever has aborted it.
        this.outcome.crashed(error);
      }
      this.end();
    }
  }

  whenWritable(): Promise<void> | undefined {
    return this.outcome.whenWritable();
  }

  /** A generator that was told to end may still be in the middle of something. */
  closing(ended: Promise<unknown>): void {
    this.closed = ended;
  }

  crash(error: unknown): void {
    this.outcome.crashed(error);
    this.end();
  }

  private subscribe(values: Observable<unknown>): void {
    const subscription = values.subscribe({
      next: (value) => this.next(value),
      error: (error: unknown) => {
        this.releaseHeldBack();
        this.outcome.failed(error);
      },
      complete: () => {
        const isLast = this.holdsBack || !this.outcome.streams;
        this.holdsBack = false;
        this.outcome.answered(isLast ? this.latest : undefined);
      },
    });
    this.unsubscribe = () => subscription.unsubscribe();
    // Last of all, after the finalizers of interceptors and hooks.
    subscription.add(() => this.end());
    if (this.isAborted) {
      // By a value that came while subscribing.
      this.unsubscribe();
    }
  }

  private next(value: unknown): void {
    if (this.isAborted) {
      return;
    }
    if (!this.hasBegun) {
      this.hasBegun = true;
      this.outcome.began();
    }
    this.releaseHeldBack();
    this.latest = value;
    if (!this.outcome.streams) {
      return;
    }
    this.holdsBack = true;
    if (!this.isReleaseDue) {
      this.isReleaseDue = true;
      process.nextTick(() => {
        this.isReleaseDue = false;
        this.releaseHeldBack();
      });
    }
  }

  private releaseHeldBack(): void {
    if (this.holdsBack && !this.isAborted) {
      this.holdsBack = false;
      this.outcome.item(this.latest);
    }
  }

  private end(): void {
    if (this.hasEnded) {
      return;
    }
    this.hasEnded = true;
    if (this.closed) {
      void this.closed.then(() => this.tellEnd());
    } else {
      this.tellEnd();
    }
  }

  private tellEnd(): void {
    try {
      this.runEndHook?.();
    } finally {
      this.outcome.ended();
    }
  }
}
