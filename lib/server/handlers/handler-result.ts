import type { OutgoingError } from '../../protocol/error-object.js';
import { toWireError } from '../../protocol/error-object.js';
import type { Responder } from '../calls/responder.js';
import type { HandlerResult } from './handler-run.js';
import type { IncomingCall } from '../calls/incoming-call.js';

/** What Nest tells a caller of an error that is none of its business. */
const INTERNAL_ERROR: OutgoingError = {
  message: 'Internal server error',
  context: { status: 'error' },
};

/** Turns what becomes of a handler's run into the answer to its call. */
export class RequestResult implements HandlerResult {
  readonly streams: boolean;

  /** @param log takes errors that the caller does not hear of */
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
    // Whoever takes the last value alone has nothing yet.
    if (this.streams) {
      this.call.dueAt = 0;
    }
  }

  item(value: unknown): void {
    this.responder.item(this.call, value);
  }

  answered(value: unknown): void {
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

/** What becomes of an event's handler: nobody hears of it but the log. */
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
    // Nobody wants its values.
  }

  answered(): void {
    // Nor the last of them.
  }

  failed(): void {
    // Nest's filters have dealt with it.
  }
}
