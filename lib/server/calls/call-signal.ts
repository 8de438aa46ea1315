import { AsyncResource } from 'node:async_hooks';

/** The signal of a call that a handler has asked for, with the async context of its listeners. */
export class CallSignal {
  private readonly controller = new AbortController();
  /** That in which the handler asked. */
  private readonly scope = new AsyncResource('RemoteCallSignal');

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.scope.runInAsyncScope(() => this.controller.abort(reason));
  }
}
