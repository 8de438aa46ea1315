import type { RemoteErrorCode } from '../errors/error-codes.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { CallChannels, RemoteCallMessage } from './call-channels.js';

/** How a call ended: `'ok'`, or the code of its error. */
export type CallResult = 'ok' | RemoteErrorCode;

/** The tries of a call before this one, which have ended. */
export interface EarlierTry {
  /** How many there were. */
  readonly count: number;
  /** The code of the error of the latest. */
  readonly code: RemoteErrorCode;
}

/** What went wrong: an error of this process, or the words of a response. */
export interface CallProblem {
  readonly message: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * Publishes one call that somebody subscribes to, in the order that Node documents for tracing
 * channels: `start`, `end`; later `error` where it fails, `asyncStart`, `asyncEnd`.
 */
export class CallTrace {
  constructor(
    private readonly channels: CallChannels,
    readonly message: RemoteCallMessage,
  ) {}

  /**
   * Makes the call of a client, between `start` and `end`.
   *
   * @param make gets the metadata, to which subscribers may have added
   * @throws what `make` throws, after `error` and `end`
   */
  make<Call>(
    earlier: EarlierTry | undefined,
    make: (metadata: Record<string, string>) => Call,
  ): Call {
    const { message } = this;
    const { start, end, error } = this.channels[message.kind];
    message.retries = earlier?.count ?? 0;
    start.publish(message);
    if (earlier) {
      this.publishRetry(earlier.code);
    }
    try {
      return make(message.metadata);
    } catch (thrown) {
      message.error = thrown;
      message.code = thrown instanceof RemoteCallError ? thrown.code : 'UNKNOWN';
      error.publish(message);
      throw thrown;
    } finally {
      end.publish(message);
    }
  }

  /** Takes in the call of a server, between `start` and `end`, in the context that subscribers want. */
  handle<Result>(handle: () => Result): Result {
    const { message } = this;
    const { start, end } = this.channels[message.kind];
    const result = start.runStores(message, () => (message.run ? message.run(handle) : handle()));
    end.publish(message);
    return result;
  }

  /** One of several values was sent, or has come. */
  item(value: unknown): void {
    const { message, channels } = this;
    message.items++;
    if (channels.item.hasSubscribers) {
      channels.item.publish({ call: message, value });
    }
  }

  /** It is given to another server. @param code why */
  retried(code: RemoteErrorCode): void {
    this.message.retries++;
    this.publishRetry(code);
  }

  /** It has ended. */
  ended(result: CallResult, problem: CallProblem | undefined): void {
    const { message } = this;
    const { error, asyncStart, asyncEnd } = this.channels[message.kind];
    if (result !== 'ok') {
      message.code = result;
      message.error = this.errorOf(result, problem);
      error.publish(message);
    }
    asyncStart.publish(message);
    asyncEnd.publish(message);
  }

  private publishRetry(code: RemoteErrorCode): void {
    this.channels.retry.publish({ call: this.message, code });
  }

  private errorOf(code: RemoteErrorCode, problem: CallProblem | undefined): RemoteCallError {
    if (problem instanceof RemoteCallError) {
      return problem;
    }
    const { method, side } = this.message;
    const { message, context } = problem ?? {
      message: `the call of '${method}' was cancelled`,
      context: { method },
    };
    const isRemote = problem !== undefined && side === 'client';
    return new RemoteCallError(message, context, { code, origin: isRemote ? 'remote' : 'local' });
  }
}
