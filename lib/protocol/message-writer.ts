import type { Codec } from '../cbor/codec.js';
import { Envelope } from './envelope.js';
import type { WireError } from './error-object.js';
import { type Header, NO_HEADER, writeHeader } from './header.js';
import { MessageType, NO_VALUE, type RequestId } from './message.js';

/** How an envelope is written. */
export interface MessageWriterOptions {
  /** Whether a header follows each envelope. Default true. */
  headers?: boolean;
}

/**
 * Writes envelopes, each with its header where the extension is on.
 *
 * Two consecutive ones usually lie next to each other in memory, which makes packing them free.
 *
 * @throws {EncodeError} where a value cannot be encoded, from every method that takes one
 */
export class MessageWriter {
  private readonly writesHeaders: boolean;

  constructor(
    private readonly codec: Codec,
    { headers = true }: MessageWriterOptions = {},
  ) {
    this.writesHeaders = headers;
  }

  /** @param attaches whether large byte strings may travel in frames of their own, here and below */
  request(
    id: number,
    method: string,
    args: readonly unknown[],
    header: Header = NO_HEADER,
    attaches = false,
  ): Envelope {
    const { writer } = this.codec;
    // Without `begin` of this class, whose ids of any type cost a request a tenth of its encoding.
    writer.begin(attaches);
    writer.arrayHead(4);
    writer.unsigned(MessageType.REQUEST);
    writer.unsigned(id);
    writer.text(method);
    writer.value(args);
    return this.finish(header);
  }

  notification(
    method: string,
    args: readonly unknown[],
    header: Header = NO_HEADER,
    attaches = false,
  ): Envelope {
    const { writer } = this.codec;
    writer.begin(attaches);
    writer.arrayHead(3);
    writer.unsigned(MessageType.NOTIFICATION);
    writer.text(method);
    writer.value(args);
    return this.finish(header);
  }

  /** @param result the value; {@link NO_VALUE} becomes CBOR `undefined` */
  result(id: RequestId, result: unknown, header: Header = NO_HEADER, attaches = false): Envelope {
    const { writer } = this.codec;
    this.begin(4, MessageType.RESPONSE, id, attaches);
    writer.null();
    if (result === NO_VALUE) {
      writer.undefined();
    } else {
      writer.value(result);
    }
    return this.finish(header);
  }

  error(id: RequestId, { message, context }: WireError, header: Header = NO_HEADER): Envelope {
    const { writer } = this.codec;
    this.begin(4, MessageType.RESPONSE, id);
    writer.arrayHead(2);
    writer.text(message);
    writer.value(context);
    writer.null();
    return this.finish(header);
  }

  item(id: RequestId, value: unknown, attaches = false): Envelope {
    this.begin(3, MessageType.ITEM, id, attaches);
    this.codec.writer.value(value);
    return this.finish(NO_HEADER);
  }

  cancel(id: RequestId): Envelope {
    this.begin(2, MessageType.CANCEL, id);
    return this.finish(NO_HEADER);
  }

  goodbye(): Envelope {
    const { writer } = this.codec;
    writer.begin();
    writer.arrayHead(1);
    writer.unsigned(MessageType.GOODBYE);
    return this.finish(NO_HEADER);
  }

  private begin(length: number, type: number, id: RequestId, attaches = false): void {
    const { writer } = this.codec;
    writer.begin(attaches);
    writer.arrayHead(length);
    writer.unsigned(type);
    if (typeof id === 'number') {
      writer.unsigned(id);
    } else {
      writer.raw(id.bytes);
    }
  }

  private finish(header: Header): Envelope {
    const { writer } = this.codec;
    const { attachments } = writer;
    if (!this.writesHeaders) {
      const { buffer, start, end } = writer.finish();
      return new Envelope(buffer, start, end, 0, 0, attachments);
    }
    const timeoutOffset = writeHeader(writer, header, attachments?.length);
    const { buffer, start, end } = writer.finish();
    return new Envelope(buffer, start, end, header.timeout, start + timeoutOffset, attachments);
  }
}
