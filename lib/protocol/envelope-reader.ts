import { DecodeError } from '../cbor/codec-error.js';
import { Major } from '../cbor/head-reader.js';
import type { ValueReader } from '../cbor/value-reader.js';
import { RawItem } from '../cbor/values.js';
import type { WireError } from './error-object.js';
import {
  type HelloInfo,
  HelloKey,
  type MalformedMessage,
  type Message,
  MessageType,
  type RequestId,
} from './message.js';

const MAX_ID = 0xffff_ffff;

/** Stands for arguments that are not read yet. */
const NOT_READ: unknown[] = [];

/** Stands for an error that is not read yet. */
const ERROR_NOT_READ: WireError = { message: '', context: {} };

/** Bytes of an id that is no number: every error response must have room for it. */
const MAX_RAW_ID = 256;

/**
 * Reads envelopes without their headers, in two steps: `read` takes the values of an envelope from
 * the payload, and `complete` puts them into the message once those of the whole payload are read.
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

  /**
   * Puts values into a message.
   *
   * @param next the place of the message's first value
   * @returns the place after its last value
   * @throws {DecodeError} for a value of the wrong type
   */
  complete(message: Message, values: readonly unknown[], next: number): number {
    switch (message.type) {
      case MessageType.REQUEST:
      case MessageType.NOTIFICATION:
        message.args = this.args(values[next]);
        return next + 1;
      case MessageType.RESPONSE:
        if (message.error !== undefined) {
          message.error = this.error(values[next++]);
        }
        message.result = values[next];
        return next + 1;
      case MessageType.ITEM:
        message.value = values[next];
        return next + 1;
      case MessageType.HELLO:
        message.info = this.info(values[next]);
        return next + 1;
      default:
        return next;
    }
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

  private args(args: unknown): unknown[] {
    if (!Array.isArray(args)) {
      throw malformed('args is not an array', this.reader);
    }
    return args;
  }

  private error(error: unknown): WireError {
    if (!Array.isArray(error) || typeof error[0] !== 'string') {
      throw malformed('error is neither null nor [message, context]', this.reader);
    }
    return { message: error[0], context: contextOf(error[1]) };
  }

  private info(info: unknown): HelloInfo {
    if (!isMap(info)) {
      throw malformed('info is not a map', this.reader);
    }
    const members: ReadonlyMap<unknown, unknown> = info instanceof Map ? info : new Map();
    const instance = members.get(HelloKey.INSTANCE);
    const heartbeat = members.get(HelloKey.HEARTBEAT);
    return {
      ...(instance instanceof Uint8Array && { instance }),
      ...(typeof heartbeat === 'number' && { heartbeat }),
    };
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

/** Whether a value was a map: one with text keys alone is an object. */
function isMap(value: unknown): value is object {
  return value instanceof Map || Object.getPrototypeOf(Object(value)) === Object.prototype;
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
