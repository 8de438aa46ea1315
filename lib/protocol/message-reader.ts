import { isRemoteErrorCode } from '../errors/error-codes.js';
import type { CborReader } from './cbor-reader.js';
import { RawItem } from './cbor-values.js';
import type { Codec } from './codec.js';
import { DecodeError } from './codec-error.js';
import type { WireError } from './error-object.js';
import {
  type DecodedPayload,
  type Header,
  type Message,
  MessageType,
  type RequestId,
} from './message.js';
import { HeaderKey } from './message-writer.js';

/** Major types of CBOR (RFC 8949, section 3.1) that envelopes and headers are told apart by. */
const UNSIGNED = 0;
const ARRAY = 4;
const MAP = 5;

/** How many envelopes one payload may have: its calls all start at once. Ours pack up to 128. */
const MAX_ENVELOPES = 1024;

const MAX_ID = 0xffff_ffff;

/** Bytes of an id that is no number: every error answer must have room for it. */
const MAX_RAW_ID = 256;

/** What of the current envelope was read before it turned out malformed. */
interface Progress {
  type?: number;
  id?: RequestId;
}

/** Reads payloads: a base envelope, or the CBOR sequence of an extended peer (RFC 8742). */
export class MessageReader {
  private readonly reader: CborReader;

  constructor(codec: Codec) {
    this.reader = codec.reader;
  }

  /**
   * Takes a payload apart. Never throws: what is wrong is part of the answer.
   *
   * @param payload the bytes; byte strings in the result are views on them
   */
  read(payload: Uint8Array): DecodedPayload {
    const { reader } = this;
    const messages: Message[] = [];
    const progress: Progress = {};
    try {
      reader.reset(payload);
      do {
        if (messages.length === MAX_ENVELOPES) {
          throw malformed(`more than ${MAX_ENVELOPES} envelopes`, reader);
        }
        const message = this.envelope(progress);
        messages.push(message);
        // What follows is not this envelope's fault: it takes effect.
        delete progress.type;
        delete progress.id;
        if (!reader.atEnd && reader.majorType() === MAP) {
          message.header = this.header();
        }
      } while (!reader.atEnd);
      return { messages };
    } catch (error) {
      if (!(error instanceof DecodeError)) {
        throw error;
      }
      return { messages, malformed: { reason: error.message, ...progress } };
    } finally {
      reader.release();
    }
  }

  private envelope(progress: Progress): Message {
    const { reader } = this;
    if (reader.majorType() !== ARRAY) {
      throw malformed('an envelope is an array', reader);
    }
    const length = reader.arrayHead();
    const type = reader.majorType() === UNSIGNED ? reader.unsigned() : undefined;
    switch (type) {
      case MessageType.REQUEST: {
        progress.type = type;
        const id = (progress.id = this.id());
        const method = this.method();
        const args = this.args();
        this.end(length, 4);
        return { type, id, method, args };
      }
      case MessageType.RESPONSE: {
        progress.type = type;
        const id = (progress.id = this.id());
        const error = this.error();
        const result = reader.value();
        this.end(length, 4);
        return error ? { type, id, error, result } : { type, id, result };
      }
      case MessageType.NOTIFICATION: {
        progress.type = type;
        const method = this.method();
        const args = this.args();
        this.end(length, 3);
        return { type, method, args };
      }
      default:
        throw malformed('unknown envelope type', reader);
    }
  }

  private id(): RequestId {
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

  /** Checks that an envelope ends where it should. */
  private end(length: number, expected: number): void {
    const { reader } = this;
    if (length === -1 ? !reader.atBreak() : length !== expected) {
      throw malformed(`an envelope of this type has ${expected} members`, reader);
    }
  }

  private header(): Header {
    const { reader } = this;
    const header: Header = {};
    const length = reader.mapHead();
    for (let member = 0; length === -1 ? !reader.atBreak() : member < length; member++) {
      if (reader.majorType() !== UNSIGNED) {
        throw malformed('a header key is not an unsigned integer', reader);
      }
      const key = reader.unsigned();
      const value = reader.value();
      switch (key) {
        case HeaderKey.TIMEOUT:
          header.timeout = this.check(isUnsigned(value), value as number, 'timeout');
          break;
        case HeaderKey.METADATA:
          header.metadata = this.check(
            isTextMap(value),
            value as Record<string, string>,
            'metadata',
          );
          break;
        case HeaderKey.CODE:
          if (isRemoteErrorCode(value)) {
            header.code = value;
          }
          break;
        case HeaderKey.ERROR:
          header.error = { value };
          break;
        default:
        // A later version's key: ignored.
      }
    }
    return header;
  }

  private check<T>(isRight: boolean, value: T, name: string): T {
    if (!isRight) {
      throw malformed(`header value of the wrong type: ${name}`, this.reader);
    }
    return value;
  }
}

function malformed(reason: string, reader: CborReader): DecodeError {
  return new DecodeError('malformed', reader.offset, reason);
}

function isUnsigned(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTextMap(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

/** A context with text keys, whatever the peer made of it. */
function contextOf(context: unknown): Record<string, unknown> {
  if (context instanceof Map) {
    return Object.fromEntries([...context].map(([key, value]) => [textOf(key), value]));
  }
  return typeof context === 'object' && context !== null && !Array.isArray(context)
    ? (context as Record<string, unknown>)
    : {};
}

/** An object as a key may well have a `toString` that is no function. */
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
