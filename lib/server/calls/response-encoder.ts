import { isRemoteErrorCode } from '../../errors/error-codes.js';
import { reasonOf } from '../../errors/thrown-text.js';
import { EncodeError } from '../../cbor/codec-error.js';
import type { Envelope } from '../../protocol/envelope.js';
import type { OutgoingError } from '../../protocol/error-object.js';
import { type Header, NO_VALUE, type RequestId } from '../../protocol/message.js';
import type { MessageWriter } from '../../protocol/message-writer.js';
import type { Peer } from '../peers/peer.js';
import type { IncomingCall } from './incoming-call.js';

/** Encodes responses. What cannot be encoded becomes an error, and an error can always be encoded. */
export class ResponseEncoder {
  /**
   * @param unencodable takes what had to be left out
   * @param creditOf gives what a client is told of the room for its requests
   * @param loadFor gives what a client is told of the load of this server
   */
  constructor(
    private readonly writer: MessageWriter,
    private readonly unencodable: (method: string, problem: string) => void,
    private readonly creditOf: (peer: Peer) => number | undefined,
    private readonly loadFor: (peer: Peer) => number | undefined,
  ) {}

  /**
   * The value of a response, or why it cannot be encoded; `undefined` is "no value", which base peers
   * know as null.
   */
  result(call: IncomingCall, id: RequestId, result: unknown): Envelope | OutgoingError {
    const noValue = call.isExtended ? NO_VALUE : null;
    const value = result === undefined ? noValue : result;
    const items = call.items > 0 ? call.items : undefined;
    const header = this.headerOf(call, items);
    try {
      return this.checked(call, this.writer.result(id, value, header, attaches(call)));
    } catch (error) {
      return this.cannotEncode(call, error);
    }
  }

  /** One of several values, or why it cannot be encoded. */
  item(call: IncomingCall, id: RequestId, value: unknown): Envelope | OutgoingError {
    const header = this.headerOf(call);
    try {
      return this.checked(call, this.writer.item(id, value, header, attaches(call)));
    } catch (error) {
      return this.cannotEncode(call, error);
    }
  }

  /** The error of a request, without those parts that cannot be encoded. */
  error(call: IncomingCall, id: RequestId, error: OutgoingError): Envelope {
    const { context, exact } = error;
    const message = error.message.toWellFormed();
    const code = isRemoteErrorCode(error.code) ? error.code : undefined;
    const items = call.items > 0 ? call.items : undefined;
    const refused = call.isExtended ? error.refused : undefined;
    const credit = call.isExtended ? this.creditOf(call.peer) : undefined;
    const { maxFrame } = call.peer.node.capabilities;
    try {
      const envelope = this.writer.error(
        id,
        { message, context },
        { code, items, refused, credit, error: exact },
      );
      if (envelope.size <= maxFrame) {
        return envelope;
      }
      this.unencodable(call.method, `${envelope.size} bytes of error`);
    } catch (cause) {
      this.unencodable(call.method, reasonOf(cause));
    }
    return this.smallerError(id, message, context, { code, items, refused, credit }, maxFrame);
  }

  /**
   * An error without its context and code, whose message is cut to fit.
   *
   * @param room bytes
   * @returns undefined where not one letter fits
   */
  shortError(id: RequestId, message: string, room: number): Envelope | undefined {
    let text = message.toWellFormed();
    while (text !== '') {
      const envelope = this.writer.error(id, { message: text, context: {} });
      const excess = envelope.size - room;
      if (excess <= 0) {
        return envelope;
      }
      // A character has at most three bytes for each of its units.
      text = text.slice(0, -Math.ceil(excess / 3)).toWellFormed();
    }
    return undefined;
  }

  /** The error of a request that could not be understood. */
  malformed(id: RequestId, reason: string): Envelope {
    const message = `malformed request: ${reason}`;
    return this.writer.error(id, { message, context: {} }, { code: 'INVALID_ARGUMENT' });
  }

  /** The header of a response without an error; undefined where it has no members. */
  private headerOf({ isExtended, peer }: IncomingCall, items?: number): Header | undefined {
    const credit = isExtended ? this.creditOf(peer) : undefined;
    const load = isExtended ? this.loadFor(peer) : undefined;
    return items === undefined && credit === undefined && load === undefined
      ? undefined
      : { items, credit, load };
  }

  private checked(call: IncomingCall, envelope: Envelope): Envelope {
    const { maxFrame, sealSize } = call.peer.node.capabilities;
    if (envelope.size > maxFrame) {
      const beside = sealSize > 0 ? ` beside ${sealSize} that seal it` : '';
      throw new EncodeError(`${envelope.size} bytes, and a datagram has ${maxFrame}${beside},`);
    }
    return envelope;
  }

  private cannotEncode({ method }: IncomingCall, error: unknown): OutgoingError {
    const problem = reasonOf(error);
    this.unencodable(method, problem);
    return {
      message: `the result cannot be encoded: ${problem}`,
      context: {},
      code: 'INTERNAL',
    };
  }

  private smallerError(
    id: RequestId,
    message: string,
    context: Record<string, unknown>,
    header: Header,
    maxFrame: number,
  ): Envelope {
    const rest = Object.entries(context).filter(([, value]) => this.isEncodable(value));
    try {
      const envelope = this.writer.error(
        id,
        { message, context: Object.fromEntries(rest) },
        header,
      );
      if (envelope.size <= maxFrame) {
        return envelope;
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
      this.writer.item(0, value);
      return true;
    } catch {
      return false;
    }
  }
}

function attaches(call: IncomingCall): boolean {
  return call.isExtended && call.peer.takesAttachments;
}
