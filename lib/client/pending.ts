import type { RemoteCallError } from '../errors/remote-call.error.js';
import type { OutgoingMessage } from '../nodes/node.js';
import type { ResponseMessage } from '../protocol/message.js';
import { type MessageWriter, join } from '../protocol/message-writer.js';
import type { Link } from './link.js';

/** What every outgoing envelope of a client is made of. */
export interface PendingContent {
  method: string;
  /** Whom it is for: the service behind a router, `-` for a direct server, the topic on PUB. */
  address: Buffer;
  /** The encoded envelope. */
  envelope: Buffer;
  metadata: Record<string, string> | undefined;
  /** Milliseconds it was given; 0 means none. */
  timeout: number;
}

let made = 0;

/** Who made a pending request or event. */
export interface PendingOwner {
  /** Writes headers; undefined where the extension is off. */
  readonly headerWriter: MessageWriter | undefined;
  /** It has ended. */
  settled(pending: Pending): void;
  /** It could not be handed to its link. */
  undelivered(pending: Pending, error: RemoteCallError): void;
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
  /** In which order they were made. */
  readonly sequence = made++;
  /** How many messages the link had received when this was sent. */
  receivedBefore = 0;
  timer: NodeJS.Timeout | undefined;

  protected readonly envelope: Buffer;
  protected readonly metadata: Record<string, string> | undefined;

  constructor(
    content: PendingContent,
    private readonly owner: PendingOwner,
  ) {
    this.method = content.method;
    this.address = content.address;
    this.envelope = content.envelope;
    this.metadata = content.metadata;
    this.timeout = content.timeout;
  }

  get size(): number {
    return this.envelope.byteLength;
  }

  frames(): readonly Uint8Array[] {
    const { headerWriter } = this.owner;
    return [headerWriter ? join(this.envelope, this.header(headerWriter)) : this.envelope];
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

  /** Ends it without telling anyone. False when it had ended before. */
  end(): boolean {
    if (this.abandoned) {
      return false;
    }
    this.abandoned = true;
    clearTimeout(this.timer);
    this.owner.settled(this);
    return true;
  }

  protected abstract header(writer: MessageWriter): Buffer;
  protected abstract rejected(error: RemoteCallError): void;
}

/** What a request ends with: exactly one of these is called, once. */
export interface CallOutcome {
  answered(response: ResponseMessage): void;
  rejected(error: RemoteCallError): void;
}

/** What an event ends with: exactly one of these is called, once. */
export interface EventOutcome {
  sent(): void;
  rejected(error: RemoteCallError): void;
}

/** A request on its way to its answer. */
export class PendingCall extends Pending {
  isAnswered = false;
  /** When it times out, on the clock of `performance.now()`. */
  private readonly deadline: number;

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

  /** Ends it with its answer. */
  answer(response: ResponseMessage): void {
    this.isAnswered = true;
    if (this.end()) {
      this.outcome.answered(response);
    }
  }

  protected header(writer: MessageWriter): Buffer {
    const timeout =
      this.deadline === 0 ? undefined : Math.max(1, Math.ceil(this.deadline - performance.now()));
    return writer.header({ timeout, metadata: this.metadata });
  }

  protected rejected(error: RemoteCallError): void {
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

  protected rejected(error: RemoteCallError): void {
    this.outcome.rejected(error);
  }

  protected header(writer: MessageWriter): Buffer {
    return writer.header({ metadata: this.metadata });
  }
}
