import { isRemoteErrorCode } from '../errors/error-codes.js';
import type { ValueReader } from '../cbor/value-reader.js';
import { DecodeError } from '../cbor/codec-error.js';
import { HeaderKey } from './header-key.js';
import type { Header } from './message.js';

/** Major type of CBOR (RFC 8949, section 3.1) that every header key is of. */
const UNSIGNED = 0;

const NO_HEADER: Header = Object.freeze({});

/**
 * Reads the header that the reader stands before.
 *
 * @throws {DecodeError} for a key that is no unsigned integer, or a value of the wrong type
 */
export function readHeader(reader: ValueReader): Header {
  const length = reader.mapHead();
  if (length === 0) {
    return NO_HEADER;
  }
  const header: Header = {};
  for (let member = 0; length === -1 ? !reader.atBreak() : member < length; member++) {
    if (reader.majorType() !== UNSIGNED) {
      throw new DecodeError('malformed', reader.offset, 'a header key is not an unsigned integer');
    }
    readMember(reader, header);
  }
  return header;
}

function readMember(reader: ValueReader, header: Header): void {
  const key = reader.unsigned();
  const value = reader.value();
  switch (key) {
    case HeaderKey.TIMEOUT:
      header.timeout = unsigned(reader, value, 'timeout');
      break;
    case HeaderKey.METADATA:
      header.metadata = textMap(reader, value);
      break;
    case HeaderKey.CODE:
      if (isRemoteErrorCode(value)) {
        header.code = value;
      }
      break;
    case HeaderKey.ATTACHMENTS:
      header.attachments = unsigned(reader, value, 'attachments');
      break;
    case HeaderKey.ITEMS:
      header.items = unsigned(reader, value, 'items');
      break;
    case HeaderKey.ERROR:
      header.error = { value };
      break;
    default:
    // A later version's key: ignored.
  }
}

function unsigned(reader: ValueReader, value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw wrongType(reader, name);
  }
  return value as number;
}

function textMap(reader: ValueReader, value: unknown): Record<string, string> {
  const isTextMap =
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every((text) => typeof text === 'string');
  if (!isTextMap) {
    throw wrongType(reader, 'metadata');
  }
  return value as Record<string, string>;
}

function wrongType(reader: ValueReader, name: string): DecodeError {
  return new DecodeError('malformed', reader.offset, `header value of the wrong type: ${name}`);
}
