import { RemoteCallError } from '../errors/remote-call.error.js';
import type { OutgoingMessage } from '../nodes/node.js';
import type { Envelope } from '../protocol/envelope.js';
import type { ResponseMessage } from '../protocol/message.js';
import type { Slice } from '../protocol/slice.js';
import type { Link } from './link.js';
import type { LinkRoute } from './link-route.js';

/** What every outgoing envelope of a client is made of. */
export interface PendingContent {
  method: string;
  /** Whom it is for: the service behind a router, `-` for a direct server, the topic on PUB. */
  address: Buffer;
  envelope: Envelope;
  /** Milliseconds it was given; 0 means none. */
  timeout: number;
}

let made = 0;

/** Who made a pending request or event. */
export interface PendingOwner {
  /** It has ended. */
  settled(pending: Pending): void;
  /** It could not be handed to its link. */
  undelivered(pending: Pending, error: RemoteCallError): void;
  /** A request ended here that the server may still be busy with. */
  cancelled(call: PendingCall): void;
  /** The same envelope with its large byte strings in it, for a peer that takes no frames of them. */
  withoutAttachments(envelope: Envelope): Envelope;
}

/**
 * A request or an event from the moment it is made until it has ended: it waits for a link, in an
 * outbox, or (a request) for its answer.
 */
export abstract class Pending implements OutgoingMessage {
  readonly method: string;
  readonly address: Buffer;
  readonly timeout: number;
  abandoned = false;
  isSent = false;
  link: Link | undefined;
  /** In which order they were made: unique among those that have not ended. */
  readonly sequence = made++ >>> 0;
  /** How many messages the link had received when this was sent. */
  receivedBefore = 0;
  timer: NodeJS.Timeout | undefined;
  /** Set before it is posted. */
  route!: LinkRoute;

  private envelope: Envelope;

  constructor(
    content: PendingContent,
    protected readonly owner: PendingOwner,
  ) {
    this.method = content.method;
    this.address = content.address;
    this.envelope = content.envelope;
    this.timeout = content.timeout;
  }

  get size(): number {
    return this.envelope.size;
  }

  slice(): Slice | undefined {
    if (!this.route.isExtended || this.envelope.attachments.length > 0) {
      return undefined;
    }
    this.prepare(this.envelope);
    return this.envelope;
  }

  frames(): readonly Uint8Array[] {
    if (this.envelope.attachments.length > 0 && !this.route.takesAttachments) {
      this.envelope = this.owner.withoutAttachments(this.envelope);
    }
    this.prepare(this.envelope);
    return [this.envelope.bytes, ...this.envelope.attachments];
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
    clearTimeout(this.timer);
    this.owner.settled(this);
    return true;
  }

  /** Brings its header up to date, just before it is handed over. */
  protected abstract prepare(envelope: Envelope): void;
  protected abstract rejected(error: unknown): void;
}

/** What a request ends with: `item` any number of times, then one of the others, once. */
export interface CallOutcome {
  item(value: unknown): void;
  answered(response: ResponseMessage): void;
  rejected(error: unknown): void;
}

/** What an event ends with: exactly one of these is called, once. */
export interface EventOutcome {
  sent(): void;
  rejected(error: RemoteCallError): void;
}

/** A request on its way to its answer. */
export class PendingCall extends Pending {
  isAnswered = false;
  /** How many values have come before the answer. */
  private items = 0;
  /** When it times out, on the clock of `performance.now()`. */
  private deadline: number;

  constructor(
    readonly id: number,
    content: PendingContent,
    owner: PendingOwner,
    private readonly outcome: CallOutcome,
  ) {
    super(content, owner);
    this.deadline = content.timeout > 0 ? performance.now() + content.timeout : 0;
  }

  /** Whether it times out within so many milliseconds. */
  isDueWithin(span: number): boolean {
    return this.deadline > 0 && this.deadline - performance.now() <= span;
  }

  override sent(): void {
    super.sent();
    if (this.abandoned) {
      this.owner.cancelled(this);
    }
  }

  /** Takes one of several values: it has begun to answer, and has kept its timeout. */
  item(value: unknown): void {
    if (this.items++ === 0) {
      clearTimeout(this.timer);
      this.deadline = 0;
    }
    try {
      this.outcome.item(value);
    } catch (error) {
      // The hook of a subclass: it must not reach the link that the value came by.
      this.cancel();
      this.outcome.rejected(error);
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
        this.outcome.answered(response);
      } catch (error) {
        this.outcome.rejected(error);
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
  abandon(error: RemoteCallError): void {
    if (!this.abandoned) {
      this.cancel();
      this.rejected(error);
    }
  }

  protected prepare(envelope: Envelope): void {
    if (this.deadline > 0) {
      envelope.setTimeLeft(Math.max(1, Math.ceil(this.deadline - performance.now())));
    }
  }

  protected rejected(error: unknown): void {
    this.outcome.rejected(error);
  }
}

/** An event on its way to the socket. */
export class PendingEvent extends Pending {
  constructor(
    content: PendingContent,
    owner: PendingOwner,
    private readonly outcome: EventOutcome,
  ) {
    super(content, owner);
  }

  override sent(): void {
    if (this.end()) {
      this.outcome.sent();
    }
  }

  protected prepare(): void {
    // Its header has no timeout.
  }

  protected rejected(error: RemoteCallError): void {
    this.outcome.rejected(error);
  }
}

function dataLoss(method: string, received: number, announced: number): RemoteCallError {
  return new RemoteCallError(
    `'${method}' answered with ${announced} values, of which ${received} arrived`,
    { method, received, announced },
    { code: 'DATA_LOSS' },
  );
}
