import { DecodeError } from '../cbor/codec-error.js';
import { Major } from '../cbor/head-reader.js';
import type { ValueReader } from '../cbor/value-reader.js';
import { RawItem } from '../cbor/values.js';
import type { WireError } from './error-object.js';
import { type MalformedMessage, type Message, MessageType, type RequestId } from './message.js';

const MAX_ID = 0xffff_ffff;

/** Stands for arguments that are not read yet. */
const NOT_READ: unknown[] = [];

/** Stands for an error that is not read yet. */
const ERROR_NOT_READ: WireError = { message: '', context: {} };

/** Bytes of an id that is no number: every error response must have room for it. */
const MAX_RAW_ID = 256;

/**
 * Reads envelopes without their headers. Their values are taken from the payload, and are put into the
 * messages by {@link completeMessage} once those of the whole payload are read.
 */
export class EnvelopeReader {
  /** Of the envelope that is being read, or is malformed; else undefined. */
  private faultyType: number | undefined;
  private faultyId: RequestId | undefined;

  constructor(private readonly reader: ValueReader) {}

  /**
   * Reads the envelope at the position of the reader.
   *
   * @throws {DecodeError} for an item that is not an envelope of a known type
   */
  read(): Message {
    const { reader } = this;
    if (reader.majorType() !== Major.ARRAY) {
      throw malformed('an envelope is an array', reader);
    }
    const length = reader.arrayHead();
    const type = reader.majorType() === Major.UNSIGNED ? reader.unsigned() : undefined;
    switch (type) {
      case MessageType.REQUEST:
        return this.request(length);
      case MessageType.RESPONSE:
        return this.response(length);
      case MessageType.NOTIFICATION:
        return this.notification(length);
      case MessageType.ITEM:
        return this.item(length);
      case MessageType.CANCEL:
        return this.cancel(length);
      case MessageType.GOODBYE:
        this.end(length, 1);
        return { type };
      case MessageType.HELLO:
        this.take(length, 1, 2);
        return { type, info: {} };
      case MessageType.PING:
      case MessageType.PONG:
        return { type, token: this.token(length) };
      default:
        throw malformed('unknown envelope type', reader);
    }
  }

  /** Describes the malformed envelope, as far as it was read. */
  fault(reason: string): MalformedMessage {
    return {
      reason,
      ...(this.faultyType !== undefined && { type: this.faultyType }),
      ...(this.faultyId !== undefined && { id: this.faultyId }),
    };
  }

  /** Marks an envelope as malformed that was read, because of its header or its values. */
  blame(message: Message): void {
    this.faultyType = message.type;
    this.faultyId = 'id' in message ? message.id : undefined;
  }

  /** Forgets the malformed envelope. */
  forget(): void {
    this.faultyType = undefined;
    this.faultyId = undefined;
  }

  private request(length: number): Message {
    const type = (this.faultyType = MessageType.REQUEST);
    const id = this.id();
    const method = this.method();
    this.take(length, 1, 4);
    return { type, id, method, args: NOT_READ };
  }

  private response(length: number): Message {
    const type = (this.faultyType = MessageType.RESPONSE);
    const id = this.id();
    if (this.reader.atNothing()) {
      this.take(length, 1, 4);
      return { type, id, result: undefined };
    }
    this.take(length, 2, 4);
    return { type, id, error: ERROR_NOT_READ, result: undefined };
  }

  private notification(length: number): Message {
    const type = (this.faultyType = MessageType.NOTIFICATION);
    const method = this.method();
    this.take(length, 1, 3);
    return { type, method, args: NOT_READ };
  }

  private item(length: number): Message {
    const type = (this.faultyType = MessageType.ITEM);
    const id = this.id();
    this.take(length, 1, 3);
    return { type, id, value: undefined };
  }

  /** Takes the last members of an envelope, which has `expected`. */
  private take(length: number, count: number, expected: number): void {
    this.reader.take(count);
    this.end(length, expected);
  }

  private cancel(length: number): Message {
    const id = this.id();
    this.end(length, 2);
    return { type: MessageType.CANCEL, id };
  }

  /** Reads the token of an envelope that has no other member. */
  private token(length: number): RequestId {
    const token = this.readId();
    this.end(length, 2);
    return token;
  }

  /** Checks that an envelope ends where it should. It is not malformed then. */
  private end(length: number, expected: number): void {
    const { reader } = this;
    if (length === -1 ? !reader.atBreak() : length !== expected) {
      throw malformed(`an envelope of this type has ${expected} members`, reader);
    }
    this.forget();
  }

  private id(): RequestId {
    return (this.faultyId = this.readId());
  }

  private method(): string {
    const method = this.reader.textOrValue();
    if (typeof method !== 'string') {
      throw malformed('method is not text', this.reader);
    }
    return method;
  }

  private readId(): RequestId {
    const { reader } = this;
    const start = reader.offset;
    if (reader.majorType() === Major.UNSIGNED) {
      const id = reader.unsigned();
      return id <= MAX_ID ? id : new RawItem(reader.copyFrom(start));
    }
    reader.skip();
    const bytes = reader.copyFrom(start);
    if (bytes.length > MAX_RAW_ID) {
      throw malformed('id is too long to be echoed', reader);
    }
    return new RawItem(bytes);
  }
}

/** A fault at the position of the reader. */
export function malformed(reason: string, reader: ValueReader): DecodeError {
  return new DecodeError('malformed', reader.offset, reason);
}
