import { type RemoteErrorCode, isRemoteErrorCode } from '../../errors/error-codes.js';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { ResponseMessage } from '../../protocol/message.js';
import type { Link } from '../links/link.js';
import { OutgoingCall, type OutgoingCallOwner } from './outgoing-call.js';

const NOBODY: readonly Link[] = [];

/** Takes what a request ends with: `item` any number of times, then one of the others, once. */
export interface CallSink {
  item(value: unknown): void;
  responded(response: ResponseMessage): void;
  rejected(error: unknown): void;
}

/** The owner of requests. */
export interface RequestOwner extends OutgoingCallOwner {
  /** A server has refused a request without beginning it. @returns whether another link has it now */
  refused(request: OutgoingRequest): boolean;
  /** A request that was sent has ended here: the server may still be busy with it. */
  cancelled(request: OutgoingRequest): void;
  /** Something went wrong that ends no call. */
  failed(error: RemoteCallError): void;
}

/** A request on its way to its response. */
export class OutgoingRequest extends OutgoingCall<RequestOwner> {
  /** How many values have come before the response. */
  private items = 0;
  /** The links whose servers have refused it, where any did. */
  private refusals: Link[] | undefined;

  constructor(
    readonly id: number,
    method: string,
    address: Buffer,
    timeout: number,
    owner: RequestOwner,
    private readonly sink: CallSink,
  ) {
    super(method, address, timeout, owner);
  }

  get kind(): 'request' {
    return 'request';
  }

  /** The links whose servers have refused it. */
  get refusedBy(): readonly Link[] {
    return this.refusals ?? NOBODY;
  }

  override sent(): void {
    if (this.state === 'withdrawn') {
      this.owner.cancelled(this);
    } else {
      super.sent();
    }
  }

  /** Takes one of several values. The first one keeps its timeout. */
  item(value: unknown): void {
    this.stream();
    this.items++;
    this.dueAt = 0;
    this.trace?.item(value);
    try {
      this.runInAsyncScope(() => this.sink.item(value));
    } catch (error) {
      // The hook of a subclass: it must not reach the link that the value came by.
      this.cancel();
      this.rejected(error);
    }
  }

  /** Ends it with its response. */
  respond(response: ResponseMessage): void {
    if (response.header?.refused && this.goesElsewhere()) {
      this.trace?.retried(codeOf(response));
      return;
    }
    const announced = response.header?.items ?? 0;
    if (!response.error && announced !== this.items) {
      this.completeWithLoss(announced);
      return;
    }
    if (this.trace) {
      this.trace.message.result = response.result;
    }
    if (this.complete(response.error ? codeOf(response) : 'ok', response.error)) {
      try {
        this.runInAsyncScope(() => this.sink.responded(response));
      } catch (error) {
        this.rejected(error);
      }
    }
  }

  /** Ends it because nothing here needs its response any more, and cancels it at the server. */
  override cancel(): void {
    this.endAndCancel('CANCELLED');
  }

  /** Ends it with an error of this process, and cancels it at the server. */
  failAndCancel(error: RemoteCallError): void {
    if (this.endAndCancel(error.code, error)) {
      this.rejected(error);
    }
  }

  protected rejected(error: unknown): void {
    // Later: within `subscribe` an observer cannot use its subscription, and Nest's own clients wait too.
    queueMicrotask(() => {
      try {
        this.runInAsyncScope(() => this.sink.rejected(error));
      } catch (cause) {
        // A hook of a subclass again: the other calls of the link must not suffer from it.
        this.owner.failed(
          new RemoteCallError('a hook of the client has thrown', {}, { code: 'INTERNAL', cause }),
        );
      }
    });
  }

  /**
   * Whether another server gets it, since it did not run at this one.
   *
   * A refusal may overtake the report that it was sent, which would then be taken for one of the next
   * link: such a request ends with its refusal.
   */
  private goesElsewhere(): boolean {
    const { link, state } = this;
    if (state !== 'sent' || !link) {
      return false;
    }
    (this.refusals ??= []).push(link);
    return this.owner.refused(this);
  }

  private endAndCancel(result: RemoteErrorCode, problem?: RemoteCallError): boolean {
    const hasEnded = this.end(result, problem);
    if (hasEnded && this.state === 'aborted') {
      this.owner.cancelled(this);
    }
    return hasEnded;
  }

  private completeWithLoss(announced: number): void {
    const { method, items: received } = this;
    const error = new RemoteCallError(
      `'${method}' responded with ${announced} values, of which ${received} arrived`,
      { method, received, announced },
      { code: 'DATA_LOSS' },
    );
    if (this.complete('DATA_LOSS', error)) {
      this.rejected(error);
    }
  }
}

/** The code of the error in a response. */
export function codeOf({ header }: ResponseMessage): RemoteErrorCode {
  return isRemoteErrorCode(header?.code) ? header.code : 'UNKNOWN';
}
