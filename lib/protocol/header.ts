import { DecodeError } from '../cbor/codec-error.js';
import { Major } from '../cbor/head-reader.js';
import type { ValueReader } from '../cbor/value-reader.js';
import type { ValueWriter } from '../cbor/value-writer.js';
import { isRemoteErrorCode } from '../errors/error-codes.js';

/**
 * What an extended peer adds to an envelope (protocol.md 2.2). Members that are undefined are not sent.
 *
 * A class, since objects of one shape are filled faster by computed names.
 */
export class Header {
  /** REQUEST: milliseconds left until the first value or the response. */
  timeout?: number | undefined;
  /** REQUEST and NOTIFICATION: Nest's `packet.metadata`. */
  metadata?: Record<string, string> | undefined;
  /** RESPONSE: the code of the error. A code that this version does not know is not read. */
  code?: string | undefined;
  /** How many frames after the payload belong to this envelope. Counted by the writer. */
  attachments?: number | undefined;
  /** RESPONSE: how many ITEMs of this id were sent before it. */
  items?: number | undefined;
  /** RESPONSE: the exact error value. */
  error?: { value: unknown } | undefined;
  /** RESPONSE: whether the request was not begun and never will be. */
  refused?: boolean | undefined;
  /** From a server: how many requests of this client it has room for, those in flight included. */
  credit?: number | undefined;
  /** From a server: how many requests it has in flight on average, in hundredths. */
  load?: number | undefined;
  /** GOODBYE: whether who connects to the address of the server anew reaches another one. */
  vacated?: boolean | undefined;
}

/** How values of one type are read and written. */
interface ValueType<Value> {
  /** @returns the value; undefined where the header goes without it */
  readonly read: (reader: ValueReader, name: string) => Value | undefined;
  readonly write: (writer: ValueWriter, value: Value) => void;
}

/** A member of the header and its key on the wire. */
interface Field extends ValueType<unknown> {
  readonly key: number;
  readonly name: keyof Header;
}

const UNSIGNED: ValueType<number> = {
  read(reader, name) {
    // Nearly every request has one: reading it here is cheaper than having it decoded.
    const value = reader.majorType() === Major.UNSIGNED ? reader.unsigned() : reader.value();
    if (!Number.isSafeInteger(value) || (value as number) < 0) {
      throw wrongType(reader, name);
    }
    return value as number;
  },
  write: (writer, value) => writer.head(Major.UNSIGNED, value),
};

const BOOLEAN: ValueType<boolean> = {
  read(reader, name) {
    const value = reader.value();
    if (typeof value !== 'boolean') {
      throw wrongType(reader, name);
    }
    return value;
  },
  write: (writer, value) => writer.value(value),
};

const TEXTS: ValueType<Record<string, string>> = {
  read(reader, name) {
    const value = reader.value();
    const areTexts =
      typeof value === 'object' &&
      value !== null &&
      Object.getPrototypeOf(value) === Object.prototype &&
      Object.values(value).every((text) => typeof text === 'string');
    if (!areTexts) {
      throw wrongType(reader, name);
    }
    return value as Record<string, string>;
  },
  write: (writer, value) => writer.value(value),
};

const CODE: ValueType<string> = {
  read(reader) {
    const value = reader.value();
    return isRemoteErrorCode(value) ? value : undefined;
  },
  write: (writer, value) => writer.text(value),
};

const EXACT_VALUE: ValueType<{ value: unknown }> = {
  read: (reader) => ({ value: reader.value() }),
  write: (writer, { value }) => writer.value(value),
};

const TIMEOUT = field(0, 'timeout', UNSIGNED);
const ATTACHMENTS = field(3, 'attachments', UNSIGNED);

/** All members, each at the place of its key. */
export const HEADER_FIELDS: readonly Field[] = [
  TIMEOUT,
  field(1, 'metadata', TEXTS),
  field(2, 'code', CODE),
  ATTACHMENTS,
  field(4, 'items', UNSIGNED),
  field(5, 'error', EXACT_VALUE),
  field(6, 'refused', BOOLEAN),
  field(7, 'credit', UNSIGNED),
  field(8, 'load', UNSIGNED),
  field(9, 'vacated', BOOLEAN),
];

const FIELDS_BY_NAME = Object.fromEntries(
  HEADER_FIELDS.map((member) => [member.name, member]),
) as unknown as Readonly<Record<keyof Header, Field>>;

/** The header without members. */
export const NO_HEADER: Header = Object.freeze({});

/**
 * Writes a header. Its timeout comes last, so that the envelope knows the place of it.
 *
 * @param attachments how many frames belong to the envelope; replaces the member of the header
 */
export function writeHeader(
  writer: ValueWriter,
  header: Header,
  attachments: number | undefined,
): void {
  if (header === NO_HEADER && attachments === undefined) {
    writer.head(Major.MAP, 0);
    return;
  }
  writer.head(Major.MAP, sizeOf(header, attachments));
  if (attachments !== undefined) {
    writeField(writer, ATTACHMENTS, attachments);
  }
  for (const name in header) {
    const known = FIELDS_BY_NAME[name as keyof Header];
    const value = header[name as keyof Header];
    if (value !== undefined && known !== TIMEOUT && known !== ATTACHMENTS) {
      writeField(writer, known, value);
    }
  }
  if (header.timeout !== undefined) {
    writeField(writer, TIMEOUT, header.timeout);
  }
}

function sizeOf(header: Header, attachments: number | undefined): number {
  let size = attachments === undefined ? 0 : 1;
  for (const name in header) {
    if (name !== ATTACHMENTS.name && header[name as keyof Header] !== undefined) {
      size++;
    }
  }
  return size;
}

function writeField(writer: ValueWriter, { key, write }: Field, value: unknown): void {
  writer.head(Major.UNSIGNED, key);
  write(writer, value);
}

/**
 * Reads the header at the position of the reader. Keys of a later version are ignored.
 *
 * @throws {DecodeError} for a key that is no unsigned integer, or a value of the wrong type
 */
export function readHeader(reader: ValueReader): Header {
  const length = reader.mapHead();
  if (length === 0) {
    return NO_HEADER;
  }
  const header = new Header();
  for (let member = 0; length === -1 ? !reader.atBreak() : member < length; member++) {
    if (reader.majorType() !== Major.UNSIGNED) {
      throw new DecodeError('malformed', reader.offset, 'a header key is not an unsigned integer');
    }
    const key = reader.unsigned();
    if (key === TIMEOUT.key) {
      // By its name, as nearly every request has it: the engine can inline this.
      header.timeout = UNSIGNED.read(reader, 'timeout');
    } else {
      readField(reader, header, HEADER_FIELDS[key]);
    }
  }
  return header;
}

function readField(reader: ValueReader, header: Header, known: Field | undefined): void {
  if (known === undefined) {
    reader.skip();
    return;
  }
  const value = known.read(reader, known.name);
  if (value !== undefined) {
    (header as Record<string, unknown>)[known.name] = value;
  }
}

function field<Name extends keyof Header>(
  key: number,
  name: Name,
  { read, write }: ValueType<NonNullable<Header[Name]>>,
): Field {
  return { key, name, read, write: write as Field['write'] };
}

function wrongType(reader: ValueReader, name: string): DecodeError {
  return new DecodeError('malformed', reader.offset, `header value of the wrong type: ${name}`);
}
