import type { Codec } from '../cbor/codec.js';
import { Major, Simple } from '../cbor/head-reader.js';
import type { ValueWriter } from '../cbor/value-writer.js';
import { Envelope } from './envelope.js';
import type { WireError } from './error-object.js';
import { type Header, NO_HEADER, writeHeader } from './header.js';
import { type HelloInfo, HelloKey, MessageType, NO_VALUE, type RequestId } from './message.js';

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
    const writer = this.begin(4, MessageType.REQUEST, attaches);
    writer.head(Major.UNSIGNED, id);
    writer.text(method);
    writer.value(args);
    return this.end(header);
  }

  notification(
    method: string,
    args: readonly unknown[],
    header: Header = NO_HEADER,
    attaches = false,
  ): Envelope {
    const writer = this.begin(3, MessageType.NOTIFICATION, attaches);
    writer.text(method);
    writer.value(args);
    return this.end(header);
  }

  /** @param result the value; {@link NO_VALUE} becomes CBOR `undefined` */
  result(id: RequestId, result: unknown, header: Header = NO_HEADER, attaches = false): Envelope {
    const writer = this.begin(4, MessageType.RESPONSE, attaches);
    this.id(id);
    writer.head(Major.SIMPLE, Simple.NULL);
    if (result === NO_VALUE) writer.head(Major.SIMPLE, Simple.UNDEFINED);
    else writer.value(result);
    return this.end(header);
  }

  error(id: RequestId, { message, context }: WireError, header: Header = NO_HEADER): Envelope {
    const writer = this.begin(4, MessageType.RESPONSE);
    this.id(id);
    writer.head(Major.ARRAY, 2);
    writer.text(message);
    writer.value(context);
    writer.head(Major.SIMPLE, Simple.NULL);
    return this.end(header);
  }

  item(id: RequestId, value: unknown, header: Header = NO_HEADER, attaches = false): Envelope {
    const writer = this.begin(3, MessageType.ITEM, attaches);
    this.id(id);
    writer.value(value);
    return this.end(header);
  }

  cancel(id: RequestId): Envelope {
    this.begin(2, MessageType.CANCEL);
    this.id(id);
    return this.end(NO_HEADER);
  }

  goodbye(header: Header = NO_HEADER): Envelope {
    this.begin(1, MessageType.GOODBYE);
    return this.end(header);
  }

  hello({ instance, heartbeat }: Required<HelloInfo>): Envelope {
    const writer = this.begin(2, MessageType.HELLO);
    writer.head(Major.MAP, 2);
    writer.head(Major.UNSIGNED, HelloKey.INSTANCE);
    writer.value(instance);
    writer.head(Major.UNSIGNED, HelloKey.HEARTBEAT);
    writer.value(heartbeat);
    return this.end(NO_HEADER);
  }

  ping(token: RequestId, header: Header = NO_HEADER): Envelope {
    this.begin(2, MessageType.PING);
    this.id(token);
    return this.end(header);
  }

  /** @param token that of the PING which it answers */
  pong(token: RequestId, header: Header = NO_HEADER): Envelope {
    this.begin(2, MessageType.PONG);
    this.id(token);
    return this.end(header);
  }

  private begin(members: number, type: number, attaches = false): ValueWriter {
    const { writer } = this.codec;
    writer.begin(attaches);
    writer.head(Major.ARRAY, members);
    writer.head(Major.UNSIGNED, type);
    return writer;
  }

  /** An id of any type is echoed to the byte. */
  private id(id: RequestId): void {
    const { writer } = this.codec;
    if (typeof id === 'number') writer.head(Major.UNSIGNED, id);
    else writer.raw(id.bytes);
  }

  private end(header: Header): Envelope {
    const { writer } = this.codec;
    const { attachments } = writer;
    if (this.writesHeaders) writeHeader(writer, header, attachments?.length);
    const { buffer, start, end } = writer.end();
    return new Envelope(buffer, start, end, this.writesHeaders ? header.timeout : 0, attachments);
  }
}
