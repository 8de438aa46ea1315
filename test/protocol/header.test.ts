import { describe, expect, it } from 'vitest';
import { Codec } from '../../lib/cbor/codec.js';
import { DecodeError } from '../../lib/cbor/codec-error.js';
import {
  HEADER_FIELDS,
  Header,
  NO_HEADER,
  readHeader,
  writeHeader,
} from '../../lib/protocol/header.js';

const codec = new Codec();

/** A value of each member, which is another for each. */
const sample: Required<Header> = {
  timeout: 1000,
  metadata: { trace: 'a1' },
  code: 'UNAVAILABLE',
  attachments: 2,
  items: 3,
  error: { value: [4] },
  refused: true,
  credit: 8,
  load: 250,
  vacated: true,
};

/** The members as they stand on the wire, each with the key of its row. */
const onWire = new Map(
  HEADER_FIELDS.map(({ key, name }) => [
    key,
    name === 'error' ? sample.error?.value : sample[name],
  ]),
);

function write({ attachments, ...header }: Header): Uint8Array {
  const { writer } = codec;
  writer.begin();
  writeHeader(writer, header, attachments);
  const { buffer, start, end } = writer.end();
  return buffer.subarray(start, end);
}

function read(members: ReadonlyMap<unknown, unknown>): Header {
  return readBytes(codec.encode(members));
}

function readBytes(bytes: Uint8Array): Header {
  codec.reader.reset(bytes);
  return readHeader(codec.reader);
}

/** The members of a header that are defined. */
function membersOf(header: Header): object {
  return Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined));
}

describe('the table of header members', () => {
  it('has each row at the place of its key', () => {
    expect(HEADER_FIELDS.map(({ key }) => key)).toEqual([...HEADER_FIELDS.keys()]);
  });

  it('has each member once', () => {
    expect(HEADER_FIELDS.map(({ name }) => name).toSorted()).toEqual(
      Object.keys(sample).toSorted(),
    );
  });
});

describe.each(HEADER_FIELDS)('the header member $name', ({ key, name }) => {
  it('is read as it was written', () => {
    const header = { [name]: sample[name] };
    expect(membersOf(readBytes(write(header)))).toEqual(header);
  });

  it('is written under its key alone', () => {
    expect(codec.decode(write({ [name]: sample[name] }))).toEqual(
      new Map([[key, onWire.get(key)]]),
    );
  });

  it('is read where unknown keys stand around it', () => {
    const members = new Map([
      [HEADER_FIELDS.length, ['unknown']],
      [key, onWire.get(key)],
      [2 ** 32, 'unknown'],
    ]);
    expect(membersOf(read(members))).toEqual({ [name]: sample[name] });
  });
});

describe('a header', () => {
  it('of all members is read as it was written', () => {
    expect(membersOf(readBytes(write(sample)))).toEqual(sample);
  });

  it('is read in whatever order its members stand', () => {
    expect(membersOf(read(new Map([...onWire].toReversed())))).toEqual(sample);
  });

  it('of unknown keys alone has no members', () => {
    expect(membersOf(read(new Map([[HEADER_FIELDS.length, 1]])))).toEqual({});
  });

  it('without members is the empty header', () => {
    expect(readBytes(write(NO_HEADER))).toBe(NO_HEADER);
  });

  it.each([[-1], ['timeout'], [1.5]])('is malformed with the key %j', (key) => {
    expect(() => read(new Map([[key, 1]]))).toThrow(DecodeError);
  });
});
