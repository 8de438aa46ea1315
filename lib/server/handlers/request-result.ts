import type { OutgoingError } from '../../protocol/error-object.js';
import { toWireError } from '../../protocol/error-object.js';
import type { Answers } from '../calls/responder.js';
import type { HandlerOutcome } from './handler-run.js';
import type { IncomingCall } from '../calls/incoming-call.js';

/** What Nest tells a caller of an error that is none of its business. */
const INTERNAL_ERROR: OutgoingError = {
  message: 'Internal server error',
  context: { status: 'error' },
};

/** Turns what becomes of a handler's run into the answer to its call. */
export class CallOutcome implements HandlerOutcome {
  readonly streams: boolean;

  /** @param log takes errors that the caller does not hear of */
  constructor(
    private readonly call: IncomingCall,
    private readonly answers: Answers,
    private readonly log: (error: unknown) => void,
  ) {
    this.streams = answers.streamsTo(call);
  }

  room(): Promise<void> | undefined {
    return this.answers.room(this.call);
  }

  began(): void {
    // Whoever takes the last value alone has nothing yet.
    if (this.streams) {
      this.call.dueAt = 0;
    }
  }

  item(value: unknown): void {
    this.answers.item(this.call, value);
  }

  answered(value: unknown): void {
    this.answers.respond(this.call, value);
  }

  failed(error: unknown): void {
    this.answers.reject(this.call, toWireError(error));
  }

  crashed(error: unknown): void {
    this.log(error);
    this.answers.reject(this.call, INTERNAL_ERROR);
  }

  ended(): void {
    this.call.release();
  }
}
