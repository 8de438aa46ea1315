import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { OutgoingMessage } from '../../nodes/node.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { ResponseMessage } from '../../protocol/message.js';
import type { Slice } from '../../cbor/slice.js';
import type { Timed } from '../../calls/deadlines.js';
import type { Link } from '../links/link.js';
import type { LinkRoute } from '../links/link-route.js';

let made = 0;

/** The sequence of what is made next. */
export function nextSequence(): number {
  return made >>> 0;
}

/** Who made a pending request or event. */
export interface OutgoingCallOwner {
  /** It has ended. */
  settled(pending: OutgoingCall): void;
  /** It could not be handed to its link. */
  undelivered(pending: OutgoingCall, error: RemoteCallError): void;
  /** Something went wrong that no call hears of. */
  error(error: RemoteCallError): void;
  /** An event will never be sent. */
  eventDropped(method: string, error: RemoteCallError): void;
  /** A request ended here that the server may still be busy with. */
  cancelled(call: OutgoingRequest): void;
  /** The same envelope with its large byte strings in it, for a peer that takes no frames of them. */
  withoutAttachments(envelope: Envelope): Envelope;
}

/**
 * A request or an event from the moment it is made until it has ended: it waits for a link, in an
 * sendQueue, or (a request) for its answer.
 */
export abstract class OutgoingCall implements OutgoingMessage, Timed {
  dueAt = 0;
  abandoned = false;
  isSent = false;
  link: Link | undefined;
  /** In which order they were made: unique among those that have not ended. */
  readonly sequence = made++ >>> 0;
  /** How many messages the link had received when this was sent. */
  receivedBefore = 0;
  /** Set before it is posted. */
  route!: LinkRoute;
  /** Bytes of the envelope as it was made. */
  readonly size: number;

  /**
   * @param address whom it is for: the service behind a router, `-` for a direct server, the topic on
   *   PUB
   * @param timeout milliseconds it has; 0 means no limit
   */
  constructor(
    readonly method: string,
    readonly address: Buffer,
    private envelope: Envelope,
    readonly timeout: number,
    protected readonly owner: OutgoingCallOwner,
  ) {
    this.size = envelope.size;
    if (timeout > 0) {
      this.dueAt = performance.now() + timeout;
    }
  }

  slice(now: number): Slice | undefined {
    const { envelope } = this;
    if (!this.route.isExtended || envelope.attachments.length > 0) {
      return undefined;
    }
    envelope.setTimeLeft(this.timeLeft(now));
    return envelope;
  }

  frames(now: number): readonly Uint8Array[] {
    if (this.envelope.attachments.length > 0 && !this.route.takesAttachments) {
      this.envelope = this.owner.withoutAttachments(this.envelope);
    }
    const { envelope } = this;
    envelope.setTimeLeft(this.timeLeft(now));
    return [envelope.bytes, ...envelope.attachments];
  }

  sent(): void {
    this.isSent = true;
    this.receivedBefore = this.link?.receiveCount ?? 0;
  }

  failed(error: RemoteCallError): void {
    if (!this.abandoned) {
      this.owner.undelivered(this, error);
    }
  }

  /** Ends it with an error of this process. */
  fail(error: RemoteCallError): void {
    if (this.end()) {
      this.rejected(error);
    }
  }

  /** Ends it without telling anyone here. False when it had ended before. */
  end(): boolean {
    if (this.abandoned) {
      return false;
    }
    this.abandoned = true;
    this.dueAt = 0;
    this.owner.settled(this);
    return true;
  }

  protected abstract rejected(error: unknown): void;

  /** Milliseconds, at least 1: what is over is not sent. */
  private timeLeft(now: number): number {
    return Math.max(1, Math.ceil(this.dueAt - now));
  }
}

/** What a request ends with: `item` any number of times, then one of the others, once. */
export interface CallSink {
  item(value: unknown): void;
  answered(response: ResponseMessage): void;
  rejected(error: unknown): void;
}

/** What an event ends with: exactly one of these is called, once. */
export interface EventSink {
  sent(): void;
  rejected(error: RemoteCallError): void;
}

/** A request on its way to its answer. */
export class OutgoingRequest extends OutgoingCall {
  isAnswered = false;
  /** How many values have come before the answer. */
  private items = 0;

  constructor(
    readonly id: number,
    method: string,
    address: Buffer,
    envelope: Envelope,
    timeout: number,
    owner: OutgoingCallOwner,
    private readonly sink: CallSink,
  ) {
    super(method, address, envelope, timeout, owner);
  }

  /** Whether it times out within so many milliseconds. */
  isDueWithin(span: number): boolean {
    return this.dueAt > 0 && this.dueAt - performance.now() <= span;
  }

  override sent(): void {
    super.sent();
    // An answer may be quicker than the news that its request was handed over.
    if (this.abandoned && !this.isAnswered) {
      this.owner.cancelled(this);
    }
  }

  /** Takes one of several values: it has begun to answer, and has kept its timeout. */
  item(value: unknown): void {
    this.items++;
    this.dueAt = 0;
    try {
      this.sink.item(value);
    } catch (error) {
      // The hook of a subclass: it must not reach the link that the value came by.
      this.cancel();
      this.rejected(error);
    }
  }

  /** Ends it with its answer. */
  answer(response: ResponseMessage): void {
    const announced = response.header?.items ?? 0;
    if (!response.error && announced !== this.items) {
      this.isAnswered = true;
      this.fail(dataLoss(this.method, this.items, announced));
      return;
    }
    this.isAnswered = true;
    if (this.end()) {
      try {
        this.sink.answered(response);
      } catch (error) {
        this.rejected(error);
      }
    }
  }

  /** Ends it because nobody here wants its answer any more, and tells the server. */
  cancel(): void {
    if (this.end() && this.isSent) {
      this.owner.cancelled(this);
    }
  }

  /** Ends it with an error of this process, and tells the server. */
  failAndCancel(error: RemoteCallError): void {
    if (!this.abandoned) {
      this.cancel();
      this.rejected(error);
    }
  }

  protected rejected(error: unknown): void {
    try {
      this.sink.rejected(error);
    } catch (cause) {
      // A hook of a subclass again: the other calls of the link must not suffer from it.
      this.owner.error(
        new RemoteCallError('a hook of the client has thrown', {}, { code: 'INTERNAL', cause }),
      );
    }
  }
}

/** An event on its way to the socket. */
export class OutgoingEvent extends OutgoingCall {
  constructor(
    method: string,
    address: Buffer,
    envelope: Envelope,
    timeout: number,
    owner: OutgoingCallOwner,
    private readonly sink: EventSink,
  ) {
    super(method, address, envelope, timeout, owner);
  }

  override sent(): void {
    if (this.end()) {
      this.sink.sent();
    }
  }

  protected rejected(error: RemoteCallError): void {
    this.owner.eventDropped(this.method, error);
    this.sink.rejected(error);
  }
}

function dataLoss(method: string, received: number, announced: number): RemoteCallError {
  return new RemoteCallError(
    `'${method}' responded with ${announced} values, of which ${received} arrived`,
    { method, received, announced },
    { code: 'DATA_LOSS' },
  );
}
