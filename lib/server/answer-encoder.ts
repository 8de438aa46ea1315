import { isRemoteErrorCode } from '../errors/error-codes.js';
import { EncodeError } from '../protocol/codec-error.js';
import type { OutgoingError } from '../protocol/error-object.js';
import { type Header, NO_VALUE, type RequestId } from '../protocol/message.js';
import type { MessageWriter } from '../protocol/message-writer.js';
import type { IncomingCall } from './incoming-call.js';

/** Encodes answers. There is always one: what cannot be encoded is answered with an error. */
export class AnswerEncoder {
  /**
   * @param extension whether a header follows every answer
   * @param unencodable is told what had to be left out
   */
  constructor(
    private readonly writer: MessageWriter,
    private readonly extension: boolean,
    private readonly unencodable: (method: string, problem: string) => void,
  ) {}

  /** The answer to a request; `undefined` is "no value", which base peers know as null. */
  result(call: IncomingCall, id: RequestId, result: unknown): Buffer {
    const noValue = call.isExtended ? NO_VALUE : null;
    try {
      const payload = this.writer.result(
        id,
        result === undefined ? noValue : result,
        this.header({}),
      );
      const { maxFrame = Infinity } = call.origin.node;
      return payload.byteLength <= maxFrame
        ? payload
        : this.failed(call, id, `${payload.byteLength} bytes, and a datagram has ${maxFrame}`);
    } catch (error) {
      return this.failed(call, id, problemOf(error));
    }
  }

  /** The answer that a request failed, without what of the error cannot be encoded. */
  error(call: IncomingCall, id: RequestId, error: OutgoingError): Buffer {
    const { context, exact } = error;
    const message = error.message.toWellFormed();
    const code = isRemoteErrorCode(error.code) ? error.code : undefined;
    const { maxFrame = Infinity } = call.origin.node;
    try {
      const header = this.header({ code, error: exact });
      const payload = this.writer.error(id, { message, context }, header);
      if (payload.byteLength <= maxFrame) {
        return payload;
      }
      this.unencodable(call.method, `${payload.byteLength} bytes of error`);
    } catch (cause) {
      this.unencodable(call.method, problemOf(cause));
    }
    return this.smallerError(id, message, context, code, maxFrame);
  }

  /** The answer to a request that could not be understood. */
  malformed(id: RequestId, reason: string): Buffer {
    const message = `malformed request: ${reason}`;
    return this.writer.error(
      id,
      { message, context: {} },
      this.header({ code: 'INVALID_ARGUMENT' }),
    );
  }

  private failed(call: IncomingCall, id: RequestId, problem: string): Buffer {
    this.unencodable(call.method, problem);
    return this.error(call, id, {
      message: `the result cannot be encoded: ${problem}`,
      context: {},
      code: 'INTERNAL',
    });
  }

  private smallerError(
    id: RequestId,
    message: string,
    context: Record<string, unknown>,
    code: string | undefined,
    maxFrame: number,
  ): Buffer {
    const rest = Object.entries(context).filter(([, value]) => this.isEncodable(value));
    const header = this.header({ code });
    try {
      const payload = this.writer.error(id, { message, context: Object.fromEntries(rest) }, header);
      if (payload.byteLength <= maxFrame) {
        return payload;
      }
    } catch {
      // Each part can be encoded, but all of them together are too long.
    }
    return this.writer.error(
      id,
      { message: 'the error is too long to be sent', context: {} },
      header,
    );
  }

  private isEncodable(value: unknown): boolean {
    try {
      this.writer.header({ error: { value } });
      return true;
    } catch {
      return false;
    }
  }

  private header(header: Header): Header | undefined {
    return this.extension ? header : undefined;
  }
}

function problemOf(error: unknown): string {
  if (error instanceof EncodeError) {
    return error.message;
  }
  throw error;
}
