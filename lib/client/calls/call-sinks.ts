import type { WritePacket } from '@nestjs/microservices';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { toErrorObject } from '../../protocol/error-object.js';
import type { ResponseMessage } from '../../protocol/message.js';
import { type CallSink, codeOf } from './outgoing-request.js';

// Classes, because closures for every call would cost more than the rest of it.

/** Gives what a call ends with to the callback of Nest's `publish`. */
export class CallbackSink implements CallSink {
  constructor(private readonly callback: (packet: WritePacket) => void) {}

  item(response: unknown): void {
    this.callback({ response, isDisposed: false });
  }

  responded(response: ResponseMessage): void {
    this.callback(toWritePacket(response));
  }

  rejected(error: unknown): void {
    this.callback({ err: asSent(error), isDisposed: true });
  }
}

/** What an Observable is made of: the values of a call, and its end. */
interface ValueObserver {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/** Gives the values of a call to an observer. Its errors are those of `call` and `issueCall`. */
export class ObserverSink implements CallSink {
  constructor(private readonly observer: ValueObserver) {}

  item(value: unknown): void {
    this.observer.next(value);
  }

  responded(response: ResponseMessage): void {
    const { error, result } = response;
    if (error) {
      this.observer.error(toRemoteCallError(response));
      return;
    }
    if (result !== undefined) {
      this.observer.next(result);
    }
    this.observer.complete();
  }

  rejected(error: unknown): void {
    this.observer.error(error);
  }
}

/** Settles a promise with what a call ends with: of several values, with the last one. */
export class PromiseSink implements CallSink {
  private latest: unknown;

  constructor(
    private readonly resolve: (response: unknown) => void,
    readonly rejected: (error: unknown) => void,
  ) {}

  item(value: unknown): void {
    this.latest = value;
  }

  responded(response: ResponseMessage): void {
    if (response.error) {
      this.rejected(toRemoteCallError(response));
    } else {
      // The last value may have come before the response, which then has none.
      const { result = this.latest } = response;
      this.resolve(result);
    }
  }
}

/** A response as Nest's clients have it, for `send`: an error is the plain object of the service. */
function toWritePacket({ error, result, header }: ResponseMessage): WritePacket {
  if (!error) {
    return { response: result, isDisposed: true };
  }
  return { err: header?.error ? header.error.value : toErrorObject(error), isDisposed: true };
}

/** An error for `send`: that of a service, which interceptors have seen otherwise, as it was sent. */
function asSent(error: unknown): unknown {
  if (!(error instanceof RemoteCallError) || error.origin === 'local') {
    return error;
  }
  return 'cause' in error ? error.cause : toErrorObject(error);
}

/** The error of a response, for `call` and `issueCall`. */
function toRemoteCallError(response: ResponseMessage): RemoteCallError {
  const { error, header } = response;
  const { message, context } = error ?? { message: '', context: {} };
  return new RemoteCallError(message, context, {
    origin: 'remote',
    code: codeOf(response),
    ...(header?.error && { cause: header.error.value }),
  });
}
