import type { Linked } from '../../calls/linked-list.js';
import type { RemoteCallError } from '../../errors/remote-call.error.js';
import { OutgoingCall, type OutgoingCallOwner } from './outgoing-call.js';

/** Takes what an event ends with: exactly one of these is called, once. */
export interface EventSink {
  /** It was handed to the transport. */
  sent(): void;
  rejected(error: RemoteCallError): void;
}

/** The owner of events. */
export interface EventOwner extends OutgoingCallOwner {
  /** An event will never be sent. */
  eventDropped(method: string, error: unknown): void;
}

/** An event on its way to the transport. */
export class OutgoingEvent extends OutgoingCall<EventOwner> implements Linked<OutgoingEvent> {
  previous: OutgoingEvent | undefined = undefined;
  next: OutgoingEvent | undefined = undefined;

  constructor(
    method: string,
    address: Buffer,
    timeout: number,
    owner: EventOwner,
    private readonly sink: EventSink,
  ) {
    super(method, address, timeout, owner);
  }

  get kind(): 'event' {
    return 'event';
  }

  override sent(): void {
    if (this.complete('ok')) {
      this.owner.handedOver(this);
      this.runInAsyncScope(() => this.sink.sent());
    }
  }

  protected rejected(error: RemoteCallError): void {
    this.owner.eventDropped(this.method, error);
    this.runInAsyncScope(() => this.sink.rejected(error));
  }
}
