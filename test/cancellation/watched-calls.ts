import type { MessageHandler } from '@nestjs/microservices';
import type { RemoteContext, RemoteServer, RemoteServerOptions } from 'nestjs-remote';
import { NEVER, type Observable, concat, finalize, from, interval } from 'rxjs';
import { type Handlers, echo, listen } from '../robustness/plain-service.js';

/** What has become of the handlers of a service. */
export class WatchedCalls {
  /** How many have begun. */
  begun = 0;
  /** How many Observables were unsubscribed or have ended, and how many generators. */
  finalized = 0;
  /** The reasons of the signals that have aborted. */
  readonly aborted: unknown[] = [];

  /** A handler of an Observable that never ends, after these values. */
  readonly observable =
    (...values: readonly unknown[]): MessageHandler =>
    async (_data: unknown, context: RemoteContext) => {
      this.watch(context);
      return concat(from(values), NEVER).pipe(finalize(() => this.finalized++));
    };

  /** A handler of an Observable of endless values. */
  readonly ticks: MessageHandler = async (
    _data: unknown,
    context: RemoteContext,
  ): Promise<Observable<number>> => {
    this.watch(context);
    return interval(1).pipe(finalize(() => this.finalized++));
  };

  /** A handler that is an async generator of endless values. */
  readonly generator: MessageHandler = async (_data: unknown, context: RemoteContext) => {
    this.watch(context);
    return this.generate();
  };

  /** A handler whose promise stays pending. */
  readonly promise: MessageHandler = (_data: unknown, context: RemoteContext) => {
    this.watch(context);
    return new Promise<never>(() => undefined);
  };

  private async *generate(): AsyncGenerator<number> {
    try {
      for (let value = 0; ; value++) {
        yield value;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      this.finalized++;
    }
  }

  private watch(context: RemoteContext): void {
    this.begun++;
    const signal = context.getSignal();
    signal.addEventListener('abort', () => this.aborted.push(signal.reason));
  }
}

/** A service of the handlers above, by what they return, and of `echo`. */
export async function listenWatched(
  options?: RemoteServerOptions,
  more: Handlers['requests'] = {},
): Promise<{ calls: WatchedCalls; server: RemoteServer; address: string }> {
  const calls = new WatchedCalls();
  const requests = {
    echo,
    observable: calls.observable(1, 2),
    silent: calls.observable(),
    ticks: calls.ticks,
    generator: calls.generator,
    promise: calls.promise,
    ...more,
  };
  return { calls, ...(await listen({ requests }, options)) };
}
