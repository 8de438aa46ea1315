import { AsyncResource } from 'node:async_hooks';
import type { MessageHandler } from '@nestjs/microservices';
import type { Observable, Subscription } from 'rxjs';
import { type IterableConsumer, closeUnused, valuesOf } from './async-iterables.js';
import { callHook } from '../../observe/call-hook.js';
import type { HandlerResult } from './handler-result.js';
import type { RemoteContext } from './remote-context.js';

/**
 * Where a run stands.
 *
 * ```text
 *    running ──────────▶ ended
 *       │                  ▲
 *       │ abort()          │ its promise has ended, or its Observable is unsubscribed
 *       └──▶ aborted ──────┘
 * ```
 *
 * No value leaves a run that is aborted.
 */
type RunState = 'running' | 'aborted' | 'ended';

/**
 * Where the latest value of an Observable stands: there is none yet, it is held back until the end of
 * its tick (until the end of the run where only the last value counts), or it was passed on.
 *
 * ```text
 *              value                end of the tick
 *    none ─────────────▶ held ─────────────────────▶ passed
 *                        ▲  │                          │
 *                  value └──┘◀─────────────────────────┘ value
 * ```
 */
type ValueState = 'none' | 'held' | 'passed';

/**
 * One run of a handler: awaits its promise, subscribes to its Observable, and reports the end once.
 *
 * A plain value completes it without building an Observable. Of several values each is held back at
 * most until the end of the tick that made it: the last one may turn out to be the response.
 */
export class HandlerRun implements IterableConsumer {
  private state: RunState = 'running';
  private subscription: Subscription | undefined;
  /** The async context of the subscription, whoever makes its values, ends it or unsubscribes it. */
  private scope: AsyncResource | undefined;
  private latest: unknown;
  private latestState: ValueState = 'none';
  private closed: Promise<unknown> | undefined;
  private endHook: (() => unknown) | undefined;

  /** @param result takes the end: `ended` exactly once, `item` and `crashed` often, the others at
   *   most once */
  constructor(
    private readonly handler: MessageHandler,
    private readonly data: unknown,
    private readonly context: RemoteContext,
    private readonly result: HandlerResult,
  ) {}

  /**
   * Runs the handler. Its promise never rejects.
   *
   * @param endHook is called when the run has ended, before `ended` of its result
   */
  async start(endHook?: () => unknown): Promise<void> {
    this.endHook = endHook;
    try {
      const value: unknown = await this.handler(this.data, this.context);
      if (this.state !== 'running') {
        closeUnused(value);
        this.end();
        return;
      }
      if (typeof value === 'object' && value !== null) {
        const values = valuesOf(value, this);
        if (values) {
          this.subscribe(values);
          return;
        }
      }
      this.result.completed(value);
      this.end();
    } catch (error) {
      this.crash(error);
    }
  }

  /** Nothing waits for it any more: its Observable is unsubscribed, a promise runs on. */
  abort(): void {
    if (this.state === 'ended') {
      return;
    }
    this.state = 'aborted';
    this.scope?.runInAsyncScope(() => this.unsubscribe());
  }

  whenWritable(): Promise<void> | undefined {
    return this.result.whenWritable();
  }

  /** A generator that was asked to end may still be in the middle of something. */
  closing(ended: Promise<unknown>): void {
    this.closed = ended;
  }

  crash(error: unknown): void {
    this.result.crashed(error);
    this.end();
  }

  private subscribe(values: Observable<unknown>): void {
    const scope = new AsyncResource('RemoteHandlerRun');
    const subscription = values.subscribe({
      next: (value) => scope.runInAsyncScope(() => this.next(value)),
      error: (error: unknown) => scope.runInAsyncScope(() => this.fail(error)),
      complete: () => scope.runInAsyncScope(() => this.complete()),
    });
    this.scope = scope;
    this.subscription = subscription;
    // Last of all, after the finalizers of interceptors and hooks.
    subscription.add(() => scope.runInAsyncScope(() => this.end()));
    if (this.state === 'aborted') {
      // By a value that came while subscribing.
      subscription.unsubscribe();
    }
  }

  private unsubscribe(): void {
    try {
      this.subscription?.unsubscribe();
    } catch (error) {
      // Of a teardown: it must not reach the caller of `abort`.
      this.result.crashed(error);
    }
    this.end();
  }

  private fail(error: unknown): void {
    this.passOn();
    this.result.failed(error);
  }

  private complete(): void {
    this.result.completed(this.latestState === 'held' ? this.latest : undefined);
  }

  private next(value: unknown): void {
    if (this.state !== 'running') {
      return;
    }
    const before = this.latestState;
    if (before === 'none') {
      this.result.began();
    }
    this.passOn();
    this.latest = value;
    this.latestState = 'held';
    // Where a value was held before, its tick has not ended.
    if (this.result.streams && before !== 'held') {
      process.nextTick(() => this.passOn());
    }
  }

  /** Passes on the value that is held back, where values are wanted one by one. */
  private passOn(): void {
    if (this.latestState === 'held' && this.result.streams && this.state === 'running') {
      this.latestState = 'passed';
      this.result.item(this.latest);
    }
  }

  private end(): void {
    if (this.state === 'ended') {
      return;
    }
    this.state = 'ended';
    if (this.closed) {
      void this.closed.then(() => this.reportEnd());
    } else {
      this.reportEnd();
    }
  }

  private reportEnd(): void {
    const { endHook, result } = this;
    if (endHook) {
      callHook(endHook, (error) => result.crashed(error));
    }
    result.ended();
  }
}
