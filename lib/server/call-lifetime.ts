import type { RemoteCallError } from '../errors/remote-call.error.js';

/** How long a call has, and a signal for its handler that it is over. */
export class CallLifetime {
  private controller: AbortController | undefined;
  private reason: RemoteCallError | undefined;
  private readonly startedAt = Date.now();

  /** @param timeout milliseconds until the first value; 0 means none */
  constructor(readonly timeout: number) {}

  get deadline(): Date | undefined {
    return this.timeout > 0 ? new Date(this.startedAt + this.timeout) : undefined;
  }

  /** Made when a handler first asks: most never do. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.reason) {
        this.controller.abort(this.reason);
      }
    }
    return this.controller.signal;
  }

  /** Tells the handler that nobody waits for it any more. */
  abort(reason: RemoteCallError): void {
    this.reason ??= reason;
    this.controller?.abort(this.reason);
  }
}
