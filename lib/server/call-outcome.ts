import type { OutgoingError } from '../protocol/error-object.js';
import { toWireError } from '../protocol/error-object.js';
import type { HandlerOutcome } from './handler-run.js';
import type { IncomingCall } from './incoming-call.js';
import type { ServerEndpoint } from './server-endpoint.js';

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
    private readonly endpoint: ServerEndpoint,
    private readonly log: (error: unknown) => void,
  ) {
    this.streams = endpoint.streamsTo(call);
  }

  room(): Promise<void> | undefined {
    return this.endpoint.room(this.call);
  }

  began(): void {
    this.endpoint.began(this.call);
  }

  item(value: unknown): void {
    this.endpoint.item(this.call, value);
  }

  answered(value: unknown): void {
    this.endpoint.respond(this.call, value);
  }

  failed(error: unknown): void {
    this.endpoint.reject(this.call, toWireError(error));
  }

  crashed(error: unknown): void {
    this.log(error);
    this.endpoint.reject(this.call, INTERNAL_ERROR);
  }

  ended(): void {
    this.call.release();
  }
}
