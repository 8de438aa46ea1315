import { RemoteCallError } from '../../errors/remote-call.error.js';
import { boolean } from '../../options/option-check.js';
import type { ResolvedClientOptions } from '../client-options.js';
import type { Link } from '../links/link.js';
import type { CallOptions } from '../remote-record.js';
import type { CallDispatcher } from './call-dispatcher.js';
import { type EventSink, OutgoingEvent } from './outgoing-event.js';
import { type CallSink, OutgoingRequest } from './outgoing-request.js';

/** Makes calls: each gets an id, a receiver and an envelope, and goes to the dispatcher. */
export class CallIssuer {
  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly dispatcher: CallDispatcher,
  ) {}

  /**
   * Calls a method.
   *
   * @param sink gets what the call ends with, once
   * @returns the call, to be ended early
   * @throws {RemoteCallError} `INVALID_ARGUMENT` where the arguments cannot be encoded,
   *   `UNIMPLEMENTED` on PUB
   */
  request(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: CallSink,
  ): OutgoingRequest {
    if (this.options.socket === 'pub') {
      throw new RemoteCallError(
        `cannot call '${method}': PUB sends events only, use emit`,
        { method },
        { code: 'UNIMPLEMENTED' },
      );
    }
    const { dispatcher } = this;
    const { encoder } = dispatcher;
    const id = dispatcher.nextId();
    const address = encoder.addressOf(method, options);
    const timeout = encoder.timeoutOf(options);
    const isIdempotent = this.isIdempotent(method, options);
    const request = new OutgoingRequest(
      id,
      method,
      address,
      timeout,
      dispatcher,
      sink,
      isIdempotent,
    );
    const link = dispatcher.pick(request);
    request.prepare(encoder.request(id, method, args, options, timeout, attaches(link, address)));
    dispatcher.request(request, link);
    return request;
  }

  /**
   * Sends an event.
   *
   * @param sink gets whether the event was handed to the transport, once
   * @returns the event, to be ended early
   * @throws {RemoteCallError} `INVALID_ARGUMENT` where the arguments cannot be encoded
   */
  notify(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: EventSink,
  ): OutgoingEvent {
    const { dispatcher } = this;
    const { encoder } = dispatcher;
    return this.countFailure(
      () => method,
      () => {
        const address = encoder.addressOf(method, options);
        const timeout = encoder.timeoutOf(options);
        const event = new OutgoingEvent(method, address, timeout, dispatcher, sink);
        const link = dispatcher.pick(event);
        event.prepare(encoder.notification(method, args, options, attaches(link, address)));
        dispatcher.notify(event, link);
        return event;
      },
    );
  }

  /** Whether a call may be repeated: it says so itself, or the client does for its method. */
  private isIdempotent(method: string, { idempotent }: CallOptions): boolean {
    return idempotent === undefined
      ? this.options.idempotent(method)
      : boolean('idempotent', idempotent) === true;
  }

  /** Makes an event, or what is needed for it. What that throws counts as an event that is not sent. */
  countFailure<Result>(method: () => string, make: () => Result): Result {
    try {
      return make();
    } catch (error) {
      this.dispatcher.eventDropped(method(), error);
      throw error;
    }
  }
}

/** Whether large byte strings may travel to an address in frames of their own. */
function attaches(link: Link | undefined, address: Buffer): boolean {
  return link?.routeTo(address).takesAttachments ?? false;
}
