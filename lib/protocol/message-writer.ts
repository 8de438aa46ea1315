import type { Codec } from './codec.js';
import type { WireError } from './error-object.js';
import { type Header, MessageType, NO_VALUE, type RequestId } from './message.js';

/** The keys of a header on the wire (protocol.md 2.2). */
export const HeaderKey = { TIMEOUT: 0, METADATA: 1, CODE: 2, ERROR: 5 } as const;

/**
 * Writes envelopes and headers.
 *
 * Every method returns a view on pooled memory that is never written again. Two consecutive ones
 * usually lie next to each other, which {@link join} makes use of.
 *
 * @throws {EncodeError} where a value cannot be encoded, from every method that takes one
 */
export class MessageWriter {
  constructor(private readonly codec: Codec) {}

  request(id: number, method: string, args: readonly unknown[]): Buffer {
    const { writer } = this.codec;
    writer.begin();
    writer.arrayHead(4);
    writer.unsigned(MessageType.REQUEST);
    writer.unsigned(id);
    writer.text(method);
    writer.value(args);
    return writer.finish();
  }

  notification(method: string, args: readonly unknown[]): Buffer {
    const { writer } = this.codec;
    writer.begin();
    writer.arrayHead(3);
    writer.unsigned(MessageType.NOTIFICATION);
    writer.text(method);
    writer.value(args);
    return writer.finish();
  }

  /**
   * @param result the value; {@link NO_VALUE} becomes CBOR `undefined`
   * @param header for extended peers
   */
  result(id: RequestId, result: unknown, header?: Header): Buffer {
    const { writer } = this.codec;
    this.responseHead(id);
    writer.value(null);
    if (result === NO_VALUE) {
      writer.undefined();
    } else {
      writer.value(result);
    }
    if (header) {
      this.members(header);
    }
    return writer.finish();
  }

  /** @param header for extended peers */
  error(id: RequestId, { message, context }: WireError, header?: Header): Buffer {
    const { writer } = this.codec;
    this.responseHead(id);
    writer.arrayHead(2);
    writer.text(message);
    writer.value(context);
    writer.value(null);
    if (header) {
      this.members(header);
    }
    return writer.finish();
  }

  header(header: Header): Buffer {
    const { writer } = this.codec;
    writer.begin();
    this.members(header);
    return writer.finish();
  }

  private members({ timeout, metadata, code, error }: Header): void {
    const { writer } = this.codec;
    const present = [timeout, metadata, code, error].filter((member) => member !== undefined);
    writer.mapHead(present.length);
    if (timeout !== undefined) {
      writer.unsigned(HeaderKey.TIMEOUT);
      writer.unsigned(timeout);
    }
    if (metadata !== undefined) {
      writer.unsigned(HeaderKey.METADATA);
      writer.value(metadata);
    }
    if (code !== undefined) {
      writer.unsigned(HeaderKey.CODE);
      writer.text(code);
    }
    if (error !== undefined) {
      writer.unsigned(HeaderKey.ERROR);
      writer.value(error.value);
    }
  }

  private responseHead(id: RequestId): void {
    const { writer } = this.codec;
    writer.begin();
    writer.arrayHead(4);
    writer.unsigned(MessageType.RESPONSE);
    if (typeof id === 'number') {
      writer.unsigned(id);
    } else {
      writer.raw(id.bytes);
    }
  }
}

/** An envelope and its header as one payload, without copying where they lie next to each other. */
export function join(envelope: Buffer, header: Buffer): Buffer {
  return envelope.buffer === header.buffer &&
    envelope.byteOffset + envelope.byteLength === header.byteOffset
    ? Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength + header.byteLength)
    : Buffer.concat([envelope, header]);
}
