import type { WritePacket } from '@nestjs/microservices';
import type { ResponseMessage } from '../../protocol/message.js';
import type { CallSink } from './outgoing-call.js';
import { toRemoteCallError, toWritePacket } from './response-shapes.js';

// Classes, because closures for every call would cost more than the rest of it.

/** Tells the sink of a call to the callback of Nest's `publish`. */
export class CallbackSink implements CallSink {
  constructor(private readonly callback: (packet: WritePacket) => void) {}

  item(response: unknown): void {
    this.callback({ response, isDisposed: false });
  }

  answered(response: ResponseMessage): void {
    this.callback(toWritePacket(response));
  }

  rejected(err: unknown): void {
    this.callback({ err, isDisposed: true });
  }
}

/** Settles a promise with the sink of a call: of several values with the last one. */
export class PromiseSink implements CallSink {
  private latest: unknown;

  constructor(
    private readonly resolve: (response: unknown) => void,
    readonly rejected: (error: unknown) => void,
  ) {}

  item(value: unknown): void {
    this.latest = value;
  }

  answered(response: ResponseMessage): void {
    if (response.error) {
      this.rejected(toRemoteCallError(response));
    } else {
      // The last value may have come before the answer, which then has none.
      const { result = this.latest } = response;
      this.resolve(result);
    }
  }
}
