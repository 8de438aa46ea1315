import { Observable, Subscription, defer, isObservable } from 'rxjs';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { EarlierTry } from '../observe/call-trace.js';
import { MessageType, type ResponseMessage } from '../protocol/message.js';
import type { CallMaker, Cancellable } from './call-maker.js';
import type { CallIssuer } from './calls/call-issuer.js';
import { ObserverSink } from './calls/call-sinks.js';
import type { EventSink } from './calls/outgoing-event.js';
import type { CallSink } from './calls/outgoing-request.js';
import type { RemoteCall, RemoteCallHandler, RemoteInterceptor } from './remote-interceptor.js';
import type { CallOptions } from './remote-record.js';

/** The response after the values. */
const END: ResponseMessage = { type: MessageType.RESPONSE, id: 0, result: undefined };

/** Makes the calls of a client that has interceptors. The first of them is the nearest to the caller. */
export class InterceptedCalls implements CallMaker {
  constructor(
    private readonly calls: CallIssuer,
    private readonly interceptors: readonly RemoteInterceptor[],
  ) {}

  request(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: CallSink,
    earlier?: EarlierTry,
  ): Cancellable {
    const call: RemoteCall = { kind: 'request', method, args, options };
    const subscription = new Subscription();
    const failed = (error: unknown): void => {
      subscription.unsubscribe();
      // Later, as the errors of the client itself: within `subscribe` nobody has the subscription.
      queueMicrotask(() => sink.rejected(error));
    };
    const values = this.handlerOf(0, call, (changed) => this.issue(changed, earlier)).handle();
    subscription.add(
      values.subscribe({
        // The hook of a subclass may throw, which rxjs would let end the process.
        next: guarded((value) => sink.item(value), failed),
        complete: guarded(() => sink.responded(END), failed),
        error: failed,
      }),
    );
    return { cancel: () => subscription.unsubscribe() };
  }

  notify(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: EventSink,
    earlier?: EarlierTry,
  ): Cancellable {
    const call: RemoteCall = { kind: 'event', method, args, options };
    // What the client could not send it has counted by itself.
    const counted = new Set<unknown>();
    const count = (error: unknown): void => void counted.add(error);
    const end = this.handlerOf(0, call, (changed) => this.send(changed, count, earlier)).handle();
    const subscription = end.subscribe({
      complete: () => sink.sent(),
      error: (error) => {
        if (!counted.has(error)) {
          this.calls.eventFailed(method, error);
        }
        queueMicrotask(() => sink.rejected(error));
      },
    });
    return { cancel: () => subscription.unsubscribe() };
  }

  countFailure<Result>(method: () => string, make: () => Result): Result {
    return this.calls.countFailure(method, make);
  }

  /** What makes a call from an interceptor on. @param make makes it after the last one */
  private handlerOf(
    index: number,
    call: RemoteCall,
    make: (call: RemoteCall) => Observable<unknown>,
  ): RemoteCallHandler {
    const interceptor = this.interceptors[index];
    return {
      handle: (changed = call) =>
        interceptor
          ? defer(() => invoke(interceptor, changed, this.handlerOf(index + 1, changed, make)))
          : make(changed),
    };
  }

  private issue({ method, args, options }: RemoteCall, earlier?: EarlierTry): Observable<unknown> {
    return new Observable((observer) => {
      const request = this.calls.request(
        method,
        args,
        options,
        new ObserverSink(observer),
        earlier,
      );
      return () => request.cancel();
    });
  }

  private send(
    { method, args, options }: RemoteCall,
    failed: (error: unknown) => void,
    earlier?: EarlierTry,
  ): Observable<never> {
    return new Observable((observer) => {
      const rejected = (error: unknown): void => {
        failed(error);
        observer.error(error);
      };
      try {
        const sink: EventSink = { sent: () => observer.complete(), rejected };
        const event = this.calls.notify(method, args, options, sink, earlier);
        return () => event.cancel();
      } catch (error) {
        rejected(error);
        return undefined;
      }
    });
  }
}

/** @throws what the interceptor throws; {@link RemoteCallError} `INTERNAL` where it gives no Observable */
function invoke(
  interceptor: RemoteInterceptor,
  call: RemoteCall,
  next: RemoteCallHandler,
): Observable<unknown> {
  const result: unknown = interceptor(call, next);
  if (!isObservable(result)) {
    throw new RemoteCallError(
      `an interceptor of '${call.method}' gave ${typeof result}: return next.handle() or another Observable`,
      { method: call.method },
      { code: 'INTERNAL' },
    );
  }
  return result;
}

/** A step of a sink whose error ends the call, as it does without interceptors. */
function guarded<Args extends unknown[]>(
  step: (...args: Args) => void,
  failed: (error: unknown) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      step(...args);
    } catch (error) {
      failed(error);
    }
  };
}
