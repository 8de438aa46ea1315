import { DecodeError } from '../cbor/codec-error.js';
import type { ValueReader } from '../cbor/value-reader.js';
import { RawItem } from '../cbor/values.js';
import type { WireError } from './error-object.js';
import { type MalformedMessage, type Message, MessageType, type RequestId } from './message.js';

/** Major types of CBOR (RFC 8949, section 3.1). */
const UNSIGNED = 0;
const ARRAY = 4;

const MAX_ID = 0xffff_ffff;

/** Bytes of an id that is no number: every error response must have room for it. */
const MAX_RAW_ID = 256;

/** Reads envelopes without their headers. */
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
    if (reader.majorType() !== ARRAY) {
      throw malformed('an envelope is an array', reader);
    }
    const length = reader.arrayHead();
    const type = reader.majorType() === UNSIGNED ? reader.unsigned() : undefined;
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

  /** Marks an envelope as malformed that was read, because of its header. */
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
    const args = this.args();
    this.end(length, 4);
    return { type, id, method, args };
  }

  private response(length: number): Message {
    const type = (this.faultyType = MessageType.RESPONSE);
    const id = this.id();
    const error = this.error();
    const result = this.reader.value();
    this.end(length, 4);
    return error ? { type, id, error, result } : { type, id, result };
  }

  private notification(length: number): Message {
    const type = (this.faultyType = MessageType.NOTIFICATION);
    const method = this.method();
    const args = this.args();
    this.end(length, 3);
    return { type, method, args };
  }

  private item(length: number): Message {
    const type = (this.faultyType = MessageType.ITEM);
    const id = this.id();
    const value = this.reader.value();
    this.end(length, 3);
    return { type, id, value };
  }

  private cancel(length: number): Message {
    const id = this.id();
    this.end(length, 2);
    return { type: MessageType.CANCEL, id };
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
    const method = this.reader.value();
    if (typeof method !== 'string') {
      throw malformed('method is not text', this.reader);
    }
    return method;
  }

  private args(): unknown[] {
    const args = this.reader.value();
    if (!Array.isArray(args)) {
      throw malformed('args is not an array', this.reader);
    }
    return args;
  }

  private error(): WireError | undefined {
    const error = this.reader.value();
    if (error === null || error === undefined) {
      return undefined;
    }
    if (!Array.isArray(error) || typeof error[0] !== 'string') {
      throw malformed('error is neither null nor [message, context]', this.reader);
    }
    return { message: error[0], context: contextOf(error[1]) };
  }

  private readId(): RequestId {
    const { reader } = this;
    if (reader.majorType() === UNSIGNED) {
      const id = reader.unsigned();
      if (typeof id === 'number' && id <= MAX_ID) {
        return id;
      }
      return new RawItem(uint64(BigInt(id)));
    }
    const bytes = reader.rawValue();
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

/** A context with text keys, whatever keys the peer chose. */
function contextOf(context: unknown): Record<string, unknown> {
  if (context instanceof Map) {
    return Object.fromEntries([...context].map(([key, value]) => [textOf(key), value]));
  }
  return typeof context === 'object' && context !== null && !Array.isArray(context)
    ? (context as Record<string, unknown>)
    : {};
}

/** An object as a key may have a `toString` that is no function. */
function textOf(key: unknown): string {
  return typeof key === 'object' && key !== null
    ? Object.prototype.toString.call(key)
    : String(key);
}

function uint64(id: bigint): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = 0x1b;
  new DataView(bytes.buffer).setBigUint64(1, id);
  return bytes;
}
