import type { RemoteErrorCode } from '../errors/error-codes.js';

/** A call as an observer sees it. Its object identifies it: `started` and `ended` get the same one. */
export interface ObservedCall {
  /** Which side observes it: the one that makes the call, or the one that handles it. */
  readonly side: 'client' | 'server';
  readonly kind: 'request' | 'event';
  readonly method: string;
}

/** How a call ended: `'ok'`, or the code of its error. */
export type CallResult = 'ok' | RemoteErrorCode;

/**
 * Sees each call begin and end, as a tracer or a meter does. A call that has started ends exactly
 * once. No method may throw.
 */
export interface CallObserver {
  /** A call was made (client), or its request or event came in (server). */
  started(call: ObservedCall): void;
  /** A call has ended; nothing that belongs to it happens afterwards. */
  ended(call: ObservedCall, result: CallResult): void;
}

/** The observer where nothing observes. */
export const NO_OBSERVER: CallObserver = {
  started: () => undefined,
  ended: () => undefined,
};
