import { createRequire } from 'node:module';
import { DecodeError, EncodeError } from './codec-error.js';
import { parseDate, toMilliseconds } from './dates.js';
import { texts } from './text-cache.js';
import { SimpleValue, Tag } from './values.js';

/** What this package uses of cbor-x; its own declarations leave some of it out. */
interface CborX {
  readonly Tag: new (value: unknown, tag: number) => object;
  readonly Encoder: new (options: object) => CborXEncoder;
  readonly Decoder: new (options: object) => CborXDecoder;
  readonly REUSE_BUFFER_MODE: number;
  readonly RESET_BUFFER_MODE: number;
  addExtension(extension: object): void;
  /** cbor-x reads every text with this function, where its source is not very small. */
  setExtractor(read: (start: number, end: number, length: number, source: Buffer) => string): void;
}

/** The memory that cbor-x writes to, and where it wrote last. */
export type Written = Buffer & { readonly start: number; readonly end: number };

interface CborXEncoder {
  encode(value: unknown, mode: number): Written;
  useBuffer(buffer: Buffer): void;
}

interface CborXDecoder {
  decodeMultiple(source: Buffer, forEach: (item: unknown) => boolean): void;
}

/**
 * Tags that stand for what cbor-x cannot read by itself. {@link Guard} writes them, and lets no tag
 * of a peer pass but those that have a meaning here: so these cannot come from the wire.
 */
export const PrivateTag = { TAG: 8, SIMPLE: 9, BYTES: 10, ENTRIES: 11, MAP: 259 } as const;

// The extensions, limits and memory of cbor-x belong to its module. Instances of our own, which the
// application cannot reach, keep both sides apart. The builds without eval compile nothing.
const writing = loadPrivately('cbor-x/index-no-eval');
const reading = loadPrivately('cbor-x/decode-no-eval');
const NOTHING: unknown[] = [];
let byteStrings: readonly unknown[] = NOTHING;
let lastRead = NOTHING;

reading.setExtractor((start, _end, length, source) => texts.read(source, start, start + length));
const meanings: readonly (readonly [number, (content: never) => unknown])[] = [
  [0, (text: string) => new Date(parseDate(text))],
  [1, (seconds: number) => new Date(toMilliseconds(seconds))],
  [2, (bytes: Buffer) => safeOrBig(magnitude(bytes))],
  [3, (bytes: Buffer) => safeOrBig(-1n - magnitude(bytes))],
  [PrivateTag.TAG, ([tag, value]: [number | bigint, unknown]) => new Tag(tag, value)],
  [PrivateTag.SIMPLE, (value: number) => new SimpleValue(value)],
  [PrivateTag.BYTES, (index: number) => byteStrings[index]],
  [PrivateTag.ENTRIES, (entries: Map<string, unknown>) => Object.fromEntries(entries)],
];
for (const [tag, decode] of meanings) reading.addExtension({ tag, decode });

/** Items that cbor-x writes one after the other, with nothing around them. */
export class Sequence {
  constructor(public items: readonly unknown[]) {}
}
writing.addExtension({
  Class: Sequence,
  encode({ items }: Sequence, write: (item: unknown) => void) {
    for (let index = 0; index < items.length; index++) write(items[index]);
  },
});

/** Heads of maps by their size. */
const MAP_HEADS: object[] = [];

/**
 * Has cbor-x write the head of a map, whose members follow it in a {@link Sequence}: that is faster
 * than an object of them. It is a Map without what it announces.
 */
export function mapHead(size: number): object {
  const head = MAP_HEADS[size] ?? Object.defineProperty(new Map(), 'size', { value: size });
  return size < 24 ? (MAP_HEADS[size] = head) : head;
}

/** A tag as cbor-x writes it: up to 2^32 - 1. */
export const WrittenTag = writing.Tag;

/** Memory for values up to this size, which is written to again and again. */
const MEMORY_SIZE = 64 * 1024;
/** What cbor-x wants to have free before it writes. */
const SLACK = 4096;
/** Has cbor-x tell where it wrote, and begin there again the next time. */
const IN_PLACE = writing.REUSE_BUFFER_MODE | writing.RESET_BUFFER_MODE;

/** cbor-x as Python's cbor2 needs it. One for all codecs, as its memory is. */
const encoder = new writing.Encoder({
  useRecords: false,
  variableMapSize: true,
  tagUint8Array: false,
  useTag259ForMaps: false,
});
encoder.useBuffer(Buffer.allocUnsafeSlow(MEMORY_SIZE));

/**
 * Writes a value that is prepared.
 *
 * @param size bytes that it takes at least
 * @returns what stays as it is until the next call
 */
export function encode(prepared: unknown, size: number): Written {
  const needed = size + SLACK;
  if (needed > MEMORY_SIZE) encoder.useBuffer(Buffer.allocUnsafeSlow(needed));
  try {
    const written = encoder.encode(prepared, IN_PLACE);
    // Idle, it does not keep the memory of a large value alive.
    if (written.length !== MEMORY_SIZE) encoder.useBuffer(Buffer.allocUnsafeSlow(MEMORY_SIZE));
    return written;
  } catch (cause) {
    throw new EncodeError(`cannot be encoded (${String(cause)})`, [], 'value', { cause });
  }
}

const decoder = new reading.Decoder({
  useRecords: false,
  mapsAsObjects: true,
  int64AsNumber: true,
});

/**
 * Reads the array that a buffer begins with, which {@link Guard} has let through.
 *
 * @param bytes what {@link PrivateTag.BYTES} refers to
 * @throws DecodeError where JavaScript has no room for a value
 */
export function readArray(source: Buffer, bytes: readonly Buffer[]): unknown[] {
  byteStrings = bytes;
  try {
    decoder.decodeMultiple(source, keepFirst);
    return lastRead;
  } catch (error) {
    // Only what is within the limits and beyond JavaScript: its stack, or a Map of 2^24 keys.
    const isStack = String(error).includes('call stack');
    const reason = isStack ? 'too-deep' : 'too-many-elements';
    throw new DecodeError(reason, 0, `cannot be decoded (${String(error)})`);
  } finally {
    byteStrings = lastRead = NOTHING;
  }
}

function keepFirst(array: unknown): boolean {
  lastRead = array as unknown[];
  return false;
}

function magnitude(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
}

function safeOrBig(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function loadPrivately(name: string): CborX {
  const require = createRequire(import.meta.url);
  const path = require.resolve(name);
  const shared = require.cache[path];
  delete require.cache[path];
  try {
    return require(path) as CborX;
  } finally {
    if (shared === undefined) delete require.cache[path];
    else require.cache[path] = shared;
  }
}
