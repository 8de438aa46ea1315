import type { OutgoingError } from '../../protocol/error-object.js';
import { toWireError } from '../../protocol/error-object.js';
import type { IncomingCall } from '../calls/incoming-call.js';
import type { Responder } from '../calls/responder.js';

/** Nest's words for an error that is not for the caller. */
const INTERNAL_ERROR: OutgoingError = {
  message: 'Internal server error',
  context: { status: 'error' },
};

/** Takes what a handler's run results in: any number of values, one of the next three, then `ended`. */
export interface HandlerResult {
  /** Whether several values are wanted one by one; otherwise only the last one counts. */
  readonly streams: boolean;
  /** What to wait for before more values are made; undefined where there is room now. */
  whenWritable(): Promise<void> | undefined;
  /** The first of several values has come. */
  began(): void;
  /** One of several values, before the last. */
  item(value: unknown): void;
  /** The last value, or the only one. */
  completed(value: unknown): void;
  /** Nest's filters ended it with this error: it is meant for the caller. */
  failed(error: unknown): void;
  /** This error got past Nest's filters, or came from a hook: it is not for the caller. */
  crashed(error: unknown): void;
  /** The promise or Observable has really ended, or was unsubscribed. */
  ended(): void;
}

/** Turns what a handler's run results in into the response to its call; an event has none. */
export class RequestResult implements HandlerResult {
  readonly streams: boolean;

  /** @param log takes errors that are not for the caller */
  constructor(
    private readonly call: IncomingCall,
    private readonly responder: Responder,
    private readonly log: (error: unknown) => void,
  ) {
    this.streams = responder.streamsTo(call);
  }

  whenWritable(): Promise<void> | undefined {
    return this.responder.whenWritable(this.call);
  }

  began(): void {
    // A caller of the last value alone has nothing yet.
    if (this.streams) {
      this.call.stopTimeout();
    }
  }

  item(value: unknown): void {
    this.responder.item(this.call, value);
  }

  completed(value: unknown): void {
    this.responder.respond(this.call, value);
  }

  failed(error: unknown): void {
    this.responder.reject(this.call, toWireError(error));
  }

  crashed(error: unknown): void {
    this.log(error);
    this.responder.reject(this.call, INTERNAL_ERROR);
  }

  ended(): void {
    this.call.release();
  }
}

/** The result of a handler that Nest's `handleEvent` runs without a call: only the log gets errors. */
export class EventResult implements HandlerResult {
  readonly streams = false;

  constructor(
    readonly crashed: (error: unknown) => void,
    readonly ended: () => void,
  ) {}

  whenWritable(): undefined {
    return undefined;
  }

  began(): void {
    // An event has no time limit.
  }

  item(): void {
    // An event has no response.
  }

  completed(): void {
    // An event has no response.
  }

  failed(): void {
    // Nest's filters have dealt with it.
  }
}
