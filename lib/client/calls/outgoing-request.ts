import { type RemoteErrorCode, isRemoteErrorCode } from '../../errors/error-codes.js';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { ResponseMessage } from '../../protocol/message.js';
import type { Link } from '../links/link.js';
import { type CallFailover, OutgoingCall, type OutgoingCallOwner } from './outgoing-call.js';

/** Takes what a request ends with: `item` any number of times, then one of the others, once. */
export interface CallSink {
  item(value: unknown): void;
  responded(response: ResponseMessage): void;
  rejected(error: unknown): void;
}

/** Decides where requests go next that came back. */
export interface RequestFailover extends CallFailover {
  /**
   * A server has refused a request without beginning it.
   *
   * @param code `UNAVAILABLE` where it closes
   * @returns whether another link has it now, or will
   */
  refused(request: OutgoingRequest, code: RemoteErrorCode): boolean;
  /**
   * A router could not deliver a request.
   *
   * @returns whether another link has it now, or may
   */
  bounced(request: OutgoingRequest): boolean;
  /** The server of a request that was sent is lost. @returns whether the request is repeated */
  lost(request: OutgoingRequest, loss: RemoteCallError): boolean;
}

/** The owner of requests. */
export interface RequestOwner extends OutgoingCallOwner {
  readonly dispatcher: RequestFailover;
  /** A request that was sent has ended here: the server may still be busy with it. */
  cancelled(request: OutgoingRequest): void;
  /** Something went wrong that ends no call. */
  failed(error: RemoteCallError): void;
}

/** A request on its way to its response. */
export class OutgoingRequest extends OutgoingCall<RequestOwner> {
  /** How many values have come before the response. */
  private items = 0;
  /** The links by which it did not run, where there are any, with the time since when each was up. */
  private refusals: Map<Link, number> | undefined;
  /** What to do about a refusal that has overtaken the report that it was sent. */
  private earlyRefusal: (() => void) | undefined;
  private latestBounce: RemoteCallError | undefined;
  private currentId: number;
  private losses = 0;
  private latestLoss: RemoteCallError | undefined;

  /** @param isIdempotent whether it may be repeated once its server is lost: it may run twice then */
  constructor(
    id: number,
    method: string,
    address: Buffer,
    timeout: number,
    owner: RequestOwner,
    private readonly sink: CallSink,
    readonly isIdempotent = false,
  ) {
    super(method, address, timeout, owner);
    this.currentId = id;
  }

  get kind(): 'request' {
    return 'request';
  }

  /** Another one each time it is repeated. */
  get id(): number {
    return this.currentId;
  }

  /** How often it was sent and is lost, or will be if that ends now. */
  get attempts(): number {
    return this.losses + 1;
  }

  /** Why it was repeated the last time; undefined where it was not. */
  get loss(): RemoteCallError | undefined {
    return this.latestLoss;
  }

  /** Why a router could not deliver it the last time; undefined where none has said so. */
  get bounce(): RemoteCallError | undefined {
    return this.latestBounce;
  }

  /** The links whose servers have refused it; one that was lost since then may have a successor. */
  override get refusedBy(): readonly Link[] {
    const { refusals } = this;
    return refusals
      ? [...refusals.keys()].filter((link) => link.upSince === refusals.get(link))
      : super.refusedBy;
  }

  override sent(): void {
    if (this.state === 'withdrawn') {
      this.owner.cancelled(this);
    } else {
      super.sent();
      this.earlyRefusal?.();
    }
  }

  override failed(error: RemoteCallError): void {
    this.earlyRefusal = undefined;
    super.failed(error);
  }

  /** Takes one of several values. The first one keeps its timeout. */
  item(value: unknown): void {
    if (this.items++ === 0) {
      this.answered();
    }
    this.stream();
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
    if (response.header?.refused && this.isRefused(response)) {
      return;
    }
    this.answered();
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

  /** A router could not deliver it: ends it, unless another one can. */
  bounced(error: RemoteCallError): void {
    this.latestBounce = error;
    const again = (): void => this.bounced(error);
    if (!this.goesElsewhere(error.code, again, () => this.owner.dispatcher.bounced(this))) {
      this.fail(error);
    }
  }

  /** Its server is lost: ends it, unless it is repeated elsewhere. */
  lose(loss: RemoteCallError): void {
    if (!this.owner.dispatcher.lost(this, loss)) {
      this.failAndCancel(loss);
    }
  }

  /**
   * Leaves its link, whose server is told to forget it, and waits for another.
   *
   * @returns false where it cannot be sent again: nothing has happened then
   */
  repeat(id: number, loss: RemoteCallError): boolean {
    try {
      this.prepare(this.owner.withoutAttachments(this.envelope, id));
    } catch {
      return false; // It has values that can be written but not read.
    }
    this.owner.cancelled(this);
    this.wait();
    this.currentId = id;
    this.latestLoss = loss;
    this.losses++;
    this.trace?.retried(loss.code);
    return true;
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

  private isRefused(refusal: ResponseMessage): boolean {
    const code = codeOf(refusal);
    const again = (): void => this.respond(refusal);
    return this.goesElsewhere(code, again, () => this.owner.dispatcher.refused(this, code));
  }

  /**
   * Whether another server gets it, since it did not run at this one.
   *
   * A refusal may overtake the report that it was sent, which would then be taken for one of the next
   * link: it is looked at once that has come.
   *
   * @param again looks at the refusal again
   * @param redirect gives it to another link; false where there is none
   */
  private goesElsewhere(
    code: RemoteErrorCode,
    again: () => void,
    redirect: () => boolean,
  ): boolean {
    const { link, state } = this;
    if (state === 'queued') {
      this.earlyRefusal = again;
      return true;
    }
    this.earlyRefusal = undefined;
    if (state !== 'sent' || !link) {
      return false;
    }
    this.refusals = (this.refusals ?? new Map<Link, number>()).set(link, link.upSince);
    const goes = redirect();
    if (goes) {
      this.trace?.retried(code);
    }
    return goes;
  }

  /** Its server has responded: tells the health of the link how long that took. */
  private answered(): void {
    const { link, dueAt, timeout, route } = this;
    if (link) {
      const startedAt = dueAt - timeout;
      const isMeasured = dueAt > 0 && this.losses === 0 && startedAt >= link.upSince;
      link.health.answered(isMeasured ? route.heardAt - startedAt : undefined);
    }
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
