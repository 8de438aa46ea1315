import type { Observable } from 'rxjs';
import { optionError } from '../errors/option-error.js';
import type { CallOptions } from './remote-record.js';

/** A call that is about to be made. */
export interface RemoteCall {
  /** Whether it gets a response. */
  readonly kind: 'request' | 'event';
  /** The pattern of the handler, as text. */
  readonly method: string;
  /** The positional arguments; the payload of `send` and `emit` is the only one. */
  readonly args: readonly unknown[];
  /** What the call sets for itself, with the metadata that the dispatch hook has left. */
  readonly options: Readonly<CallOptions>;
}

/** What makes a call: the next interceptor, or after the last one the client. */
export interface RemoteCallHandler {
  /**
   * Makes a call each time that it is subscribed to, and cancels it where that is unsubscribed from.
   *
   * @param call the call to make. Default: that of the interceptor
   * @returns the values of a request, or nothing but the end once an event was handed to the transport.
   *   Errors are `RemoteCallError`, those of the service with `origin: 'remote'`
   */
  handle(call?: RemoteCall): Observable<unknown>;
}

/**
 * Stands between the callers of a client and its calls.
 *
 * ```ts
 * const once: RemoteInterceptor = (call, next) => next.handle().pipe(retry(1));
 * ```
 *
 * It is called for each request and each event: synchronously, so that what it does not delay leaves at
 * once. An error that it makes itself reaches the caller as it is.
 */
export type RemoteInterceptor = (call: RemoteCall, next: RemoteCallHandler) => Observable<unknown>;

/** The option `interceptors`. */
export function interceptorList(
  option: string,
  value: RemoteInterceptor | readonly RemoteInterceptor[] | undefined,
): readonly RemoteInterceptor[] | undefined {
  if (value === undefined) {
    return undefined;
  }
  const list: readonly unknown[] = [value].flat();
  if (!list.every((interceptor) => typeof interceptor === 'function')) {
    throw optionError(option, value, 'give functions, such as (call, next) => next.handle()');
  }
  return list as readonly RemoteInterceptor[];
}
