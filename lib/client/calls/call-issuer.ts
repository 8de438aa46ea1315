import { RemoteCallError } from '../../errors/remote-call.error.js';
import { boolean, milliseconds, routingId } from '../../options/option-check.js';
import type { CallKind } from '../../observe/call-channels.js';
import type { CallTrace, EarlierTry } from '../../observe/call-trace.js';
import { renderIdentity } from '../../protocol/identity.js';
import { DIRECT } from '../../protocol/wire-constants.js';
import type { ResolvedClientOptions } from '../client-options.js';
import type { Link } from '../links/link.js';
import type { CallOptions } from '../remote-record.js';
import { type EventSink, OutgoingEvent } from './outgoing-event.js';
import { type CallSink, OutgoingRequest } from './outgoing-request.js';
import type { PendingCalls } from './pending-calls.js';

/** Makes calls: each gets an id, a receiver and an envelope, and is pending from then on. */
export class CallIssuer {
  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly pending: PendingCalls,
  ) {}

  /**
   * Calls a method.
   *
   * @param sink gets what the call ends with, once
   * @param earlier where it repeats a call that has ended
   * @returns the call, to be ended early
   * @throws {RemoteCallError} `INVALID_ARGUMENT` where the arguments cannot be encoded,
   *   `UNIMPLEMENTED` on PUB
   */
  request(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: CallSink,
    earlier?: EarlierTry,
  ): OutgoingRequest {
    const trace = this.traceOf('request', method, args, options);
    return trace
      ? trace.make(earlier, (metadata) =>
          this.makeRequest(method, args, { ...options, metadata }, sink, trace),
        )
      : this.makeRequest(method, args, options, sink, undefined);
  }

  /**
   * Sends an event.
   *
   * @param sink gets whether the event was handed to the transport, once
   * @param earlier where it repeats an event that was not sent
   * @returns the event, to be ended early
   * @throws {RemoteCallError} `INVALID_ARGUMENT` where the arguments cannot be encoded
   */
  notify(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: EventSink,
    earlier?: EarlierTry,
  ): OutgoingEvent {
    const trace = this.traceOf('event', method, args, options);
    return this.countFailure(
      () => method,
      () =>
        trace
          ? trace.make(earlier, (metadata) =>
              this.makeEvent(method, args, { ...options, metadata }, sink, trace),
            )
          : this.makeEvent(method, args, options, sink, undefined),
    );
  }

  /** Makes an event, or what is needed for it. What that throws counts as an event that is not sent. */
  countFailure<Result>(method: () => string, make: () => Result): Result {
    try {
      return make();
    } catch (error) {
      this.eventFailed(method(), error);
      throw error;
    }
  }

  /** An event has failed before it was made. */
  eventFailed(method: string, error: unknown): void {
    this.pending.eventDropped(method, error);
  }

  private makeRequest(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: CallSink,
    trace: CallTrace | undefined,
  ): OutgoingRequest {
    if (this.options.socket === 'pub') {
      throw new RemoteCallError(
        `cannot call '${method}': PUB sends events only, use emit`,
        { method },
        { code: 'UNIMPLEMENTED' },
      );
    }
    const { pending } = this;
    const { encoder } = pending;
    const id = pending.nextId();
    const address = this.addressOf(method, options);
    const timeout = this.timeoutOf(options);
    const isIdempotent = this.isIdempotent(method, options);
    const request = new OutgoingRequest(id, method, address, timeout, pending, sink, isIdempotent);
    request.trace = trace;
    request.affinity = this.options.affinity?.(method, args);
    const link = pending.dispatcher.pick(request);
    request.prepare(encoder.request(id, method, args, options, timeout, attaches(link, address)));
    pending.request(request, link);
    return request;
  }

  private makeEvent(
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    sink: EventSink,
    trace: CallTrace | undefined,
  ): OutgoingEvent {
    const { pending } = this;
    const { encoder } = pending;
    const address = this.addressOf(method, options);
    const timeout = this.timeoutOf(options);
    const event = new OutgoingEvent(method, address, timeout, pending, sink);
    event.trace = trace;
    event.affinity = this.options.affinity?.(method, args);
    const link = pending.dispatcher.pick(event);
    event.prepare(encoder.notification(method, args, options, attaches(link, address)));
    pending.notify(event, link);
    return event;
  }

  /**
   * The receiver of a call.
   *
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for an address that cannot be, or none on PUB
   */
  private addressOf(method: string, options: CallOptions): Buffer {
    const { address, socket } = this.options;
    if (options.address !== undefined) {
      return routingId('address', options.address) as Buffer;
    }
    if (address) {
      return address;
    }
    if (socket === 'dealer') {
      return DIRECT;
    }
    if (method === '') {
      throw new RemoteCallError('must provide an address', {}, { code: 'INVALID_ARGUMENT' });
    }
    return Buffer.from(method);
  }

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` for a time that cannot be */
  private timeoutOf({ timeout }: CallOptions): number {
    return milliseconds('timeout', timeout, this.options.timeout);
  }

  /** Whether a call may be repeated: it says so itself, or the client does for its method. */
  private isIdempotent(method: string, { idempotent }: CallOptions): boolean {
    return idempotent === undefined
      ? this.options.idempotent(method)
      : boolean('idempotent', idempotent) === true;
  }

  /** The trace of a call that is about to be made; undefined where nobody subscribes. */
  private traceOf(
    kind: CallKind,
    method: string,
    args: readonly unknown[],
    { address, metadata }: CallOptions,
  ): CallTrace | undefined {
    const { observer } = this.pending;
    if (!observer.isWatched(kind)) {
      return undefined;
    }
    const peer = address ?? this.options.address;
    const name = typeof peer === 'string' ? peer : peer && renderIdentity(Buffer.from(peer));
    return observer.trace({ kind, method, args, metadata, peer: name });
  }
}

/** Whether large byte strings may travel to an address in frames of their own. */
function attaches(link: Link | undefined, address: Buffer): boolean {
  return link?.routeTo(address).takesAttachments ?? false;
}
