import type { OutgoingError } from '../../protocol/error-object.js';

/** Why a call is not begun, and never will be. */
export interface Refusal {
  /** The error of a request. */
  readonly error: OutgoingError;
  /** The reason under which requests and events are counted; undefined where requests are not. */
  readonly counted: { readonly request?: string; readonly event: string };
}

const OVERLOADED = { request: 'request refused', event: 'event refused' };

/** The server takes no more calls. */
export const CLOSING: Refusal = {
  error: { message: 'the server is closing', context: {}, code: 'UNAVAILABLE', refused: true },
  counted: { event: 'event while closing' },
};

/** The queue has no room for it. */
export const QUEUE_FULL: Refusal = overloaded(
  'too many calls wait at the server (options queue.maxCalls, queue.maxBytes)',
);

/** Too much waits and runs. */
export const TOO_MANY: Refusal = overloaded(
  'too many calls wait and run at the server (options limits.maxCalls, limits.maxCallBytes)',
);

/** Its time would be up before it has its response. */
export const TOO_LATE: Refusal = overloaded(
  'the server has too much to do to respond in time (option concurrency)',
);

/** Its time is shorter than any that its method has taken lately. */
export const TOO_SHORT: Refusal = {
  error: {
    message:
      'the call was refused: its method takes longer than it has time (option timeout of the client)',
    context: {},
    code: 'DEADLINE_EXCEEDED',
    refused: true,
  },
  counted: OVERLOADED,
};

/** Handlers keep the event loop busy. */
export const LOOP_LATE: Refusal = overloaded(
  'the event loop of the server is late, since handlers compute for too long or its machine is too busy ' +
    '(option maxLoopDelay)',
);

function overloaded(reason: string): Refusal {
  return {
    error: {
      message: `the call was refused: ${reason}`,
      context: {},
      code: 'RESOURCE_EXHAUSTED',
      refused: true,
    },
    counted: OVERLOADED,
  };
}
