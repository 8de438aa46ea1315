import type { Codec } from '../cbor/codec.js';
import { Envelope } from './envelope.js';
import type { WireError } from './error-object.js';
import { type Header, NO_HEADER, addHeader } from './header.js';
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
    writer.begin(attaches);
    return this.finish([MessageType.REQUEST, id, writer.text(method), writer.value(args)], header);
  }

  notification(
    method: string,
    args: readonly unknown[],
    header: Header = NO_HEADER,
    attaches = false,
  ): Envelope {
    const { writer } = this.codec;
    writer.begin(attaches);
    return this.finish([MessageType.NOTIFICATION, writer.text(method), writer.value(args)], header);
  }

  /** @param result the value; {@link NO_VALUE} becomes CBOR `undefined` */
  result(id: RequestId, result: unknown, header: Header = NO_HEADER, attaches = false): Envelope {
    const { writer } = this.codec;
    writer.begin(attaches);
    const value = result === NO_VALUE ? undefined : writer.value(result);
    return this.finish([MessageType.RESPONSE, this.id(id), null, value], header);
  }

  error(id: RequestId, { message, context }: WireError, header: Header = NO_HEADER): Envelope {
    const { writer } = this.codec;
    writer.begin();
    const error = [writer.text(message), writer.value(context)];
    return this.finish([MessageType.RESPONSE, this.id(id), error, null], header);
  }

  item(id: RequestId, value: unknown, attaches = false): Envelope {
    const { writer } = this.codec;
    writer.begin(attaches);
    return this.finish([MessageType.ITEM, this.id(id), writer.value(value)], NO_HEADER);
  }

  cancel(id: RequestId): Envelope {
    this.codec.writer.begin();
    return this.finish([MessageType.CANCEL, this.id(id)], NO_HEADER);
  }

  goodbye(): Envelope {
    this.codec.writer.begin();
    return this.finish([MessageType.GOODBYE], NO_HEADER);
  }

  ping(token: RequestId): Envelope {
    this.codec.writer.begin();
    return this.finish([MessageType.PING, this.id(token)], NO_HEADER);
  }

  /** @param token that of the PING which it answers */
  pong(token: RequestId): Envelope {
    this.codec.writer.begin();
    return this.finish([MessageType.PONG, this.id(token)], NO_HEADER);
  }

  /** An id of any type is echoed to the byte. */
  private id(id: RequestId): unknown {
    return typeof id === 'number' ? id : this.codec.writer.raw(id.bytes);
  }

  /** @param envelope its members, prepared */
  private finish(envelope: readonly unknown[], header: Header): Envelope {
    const { writer } = this.codec;
    const { attachments } = writer;
    const items: unknown[] = [envelope];
    if (!this.writesHeaders) {
      const { buffer, start, end } = writer.write(items);
      return new Envelope(buffer, start, end, 0, attachments);
    }
    addHeader(items, writer, header, attachments?.length);
    const { buffer, start, end } = writer.write(items);
    return new Envelope(buffer, start, end, header.timeout, attachments);
  }
}
