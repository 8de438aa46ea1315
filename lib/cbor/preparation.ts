import { types } from 'node:util';
import { ATTACHMENT_TAG, SMALLEST_ATTACHMENT } from './attachments.js';
import { Sequence, WrittenTag, mapHead } from './cbor-x.js';
import { EncodeError, type PathKey } from './codec-error.js';
import type { CodecLimits } from './codec-limits.js';
import { FaultPath } from './fault-path.js';
import { bytesOf, converted } from './javascript-value.js';
import { RawItems } from './raw-items.js';
import { RawItem, SimpleValue, Tag } from './values.js';

const NEGATIVE_ZERO = Buffer.from('fb8000000000000000', 'hex');
/** The one 64-bit integer of which cbor-x makes a bignum. */
const SMALLEST_64_BIT = -(2n ** 64n);
/** From here on, copying twice costs more than a mark. */
const LONG_BYTES = 4096;
const SMALLEST_64_BIT_ITEM = Buffer.from('3bffffffffffffffff', 'hex');

/**
 * Makes of a value what cbor-x writes as docs/values.md says.
 *
 * Containers are copied, each part of them is read once, and no code of the user runs while cbor-x
 * writes.
 */
export class Preparation {
  readonly rawItems = new RawItems();
  /** Copies of the large byte strings outside the payload; undefined: all are in the payload. */
  attached: Buffer[] | undefined;
  attachedBytes = 0;
  /** Bytes that the payload takes at least. */
  size = 0;
  private readonly path = new FaultPath();
  private state: 'idle' | 'preparing' = 'idle';

  /** @param limits of these, `maxDepth`, `maxPayload` and `maxBignum` matter for writing */
  constructor(private readonly limits: CodecLimits) {}

  /**
   * Starts a payload.
   *
   * @param attaches whether large byte strings are left out of it
   * @throws EncodeError if called from a getter or `toJSON` of a value
   */
  begin(attaches: boolean): void {
    if (this.state !== 'idle') throw new EncodeError('cannot encode while encoding');
    this.attached = attaches ? [] : undefined;
    this.attachedBytes = this.size = 0;
    this.rawItems.clear();
  }

  /**
   * Prepares one value.
   *
   * @param value `undefined` becomes null, and is left out where it is a member of an object
   * @param root what an error message calls the value
   * @throws EncodeError with the path to the part that cannot be encoded
   */
  value(value: unknown, root = 'value'): unknown {
    this.state = 'preparing';
    try {
      const prepared = this.item(converted(value, ''), 0);
      this.add(0);
      return prepared;
    } catch (error) {
      throw this.path.explain(error, root);
    } finally {
      this.state = 'idle';
    }
  }

  /** A text as the web platform encodes it: with U+FFFD in the place of lone surrogates. */
  text(text: string): string {
    this.size += text.length;
    return text.isWellFormed() ? text : text.toWellFormed();
  }

  tooLong(): EncodeError {
    const { maxPayload } = this.limits;
    return new EncodeError(`payload longer than ${maxPayload} bytes (codec.maxPayload)`);
  }

  private item(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'number':
        return this.number(value);
      case 'string':
        return this.text(value);
      case 'object':
        return value === null ? null : this.object(value, depth);
      case 'boolean':
        return value;
      case 'bigint':
        return this.bigint(value);
      default:
        // As JSON does with what is no member.
        return null;
    }
  }

  /** cbor-x writes integers beyond 32 bits as floats, and -0 as 0. */
  private number(value: number): unknown {
    if (Object.is(value, -0)) return this.rawItems.add(NEGATIVE_ZERO);
    const isWide = value > 0xffff_ffff || value < -0x1_0000_0000;
    return isWide && Number.isSafeInteger(value) ? BigInt(value) : value;
  }

  private bigint(value: bigint): unknown {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return this.number(number);
    const magnitude = value < 0n ? -1n - value : value;
    if (value === SMALLEST_64_BIT) return this.rawItems.add(SMALLEST_64_BIT_ITEM);
    if (BigInt.asUintN(64, magnitude) === magnitude) return value;
    const digits = magnitude.toString(16);
    const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
    if (bytes.length <= this.limits.maxBignum) return new WrittenTag(bytes, value < 0n ? 3 : 2);
    const limit = `codec.maxBignum is ${this.limits.maxBignum}`;
    throw new EncodeError(`cannot encode a bigint of ${bytes.length} bytes (${limit})`);
  }

  private object(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.array(value, value, depth + 1);
    if (Object.getPrototypeOf(value) === Object.prototype) return this.members(value, depth + 1);
    if (ArrayBuffer.isView(value)) return this.byteString(bytesOf(value));
    if (value instanceof RawItem) return this.rawItems.add(value.bytes);
    if (value instanceof SimpleValue) return this.simple(value.value);
    if (value instanceof Tag) return this.tag(value, depth + 1);
    return this.builtIn(value, depth + 1);
  }

  private array(array: readonly unknown[], container: object, depth: number): unknown[] {
    this.enter(depth);
    const { length } = array;
    this.add(length);
    const items = new Array<unknown>(length);
    let index = 0;
    try {
      for (; index < length; index++) {
        const given = array[index];
        items[index] = isFlat(given) ? given : this.item(converted(given, index), depth);
      }
    } catch (error) {
      throw this.path.passing(error, container, index);
    }
    return items;
  }

  /** Takes own enumerable members, leaving out what JSON leaves out. */
  private members(object: object, depth: number, keys = Object.keys(object)): object {
    this.enter(depth);
    const items: unknown[] = [undefined];
    let key = '';
    try {
      for (key of keys) {
        const given = (object as Record<string, unknown>)[key];
        const member = isFlat(given) ? given : converted(given, key);
        if (member === undefined || typeof member === 'function' || typeof member === 'symbol') {
          continue;
        }
        items.push(this.text(key), isFlat(member) ? member : this.item(member, depth));
        this.add(2);
      }
    } catch (error) {
      throw this.path.passing(error, object, key);
    }
    items[0] = mapHead(items.length >> 1);
    return new Sequence(items);
  }

  /** Takes instances of JavaScript's own classes, and of those that are made of members alone. */
  private builtIn(value: object, depth: number): unknown {
    if (types.isDate(value)) return this.date(value, depth);
    if (types.isMap(value)) return this.map(value, depth);
    if (types.isSet(value)) return this.set(value, depth);
    if (types.isNativeError(value) || value instanceof Error) return this.error(value, depth);
    if (types.isAnyArrayBuffer(value)) return this.byteString(new Uint8Array(value));
    if (types.isBoxedPrimitive(value)) return this.boxed(value, depth);
    return this.members(value, depth);
  }

  /** Takes what every error has, and what JSON would take. */
  private error(error: Error, depth: number): unknown {
    return this.members(error, depth, [...new Set(['name', 'message', ...Object.keys(error)])]);
  }

  private boxed(value: object, depth: number): unknown {
    const primitive: unknown = value.valueOf();
    return typeof primitive === 'object' || typeof primitive === 'symbol'
      ? this.members(value, depth)
      : this.item(primitive, depth - 1);
  }

  /** Takes a byte string, or in its place which attachment it is. */
  private byteString(bytes: Uint8Array): unknown {
    if (!this.attached || bytes.length < SMALLEST_ATTACHMENT) {
      this.add(bytes.length);
      return bytes.length < LONG_BYTES ? bytes : this.rawItems.add(bytes, true);
    }
    this.attachedBytes += bytes.length;
    this.add(0);
    // A copy, as of everything that is encoded: the caller may change it afterwards.
    return new WrittenTag(this.attached.push(Buffer.from(bytes)) - 1, ATTACHMENT_TAG);
  }

  private map(map: ReadonlyMap<unknown, unknown>, depth: number): Map<unknown, unknown> {
    this.enter(depth);
    const { size } = map;
    this.add(2 * size);
    const entries = new Map<unknown, unknown>();
    let index = 0;
    let step: PathKey = 0;
    try {
      for (const [key, value] of map) {
        step = index++;
        const item = this.item(converted(key, ''), depth);
        if (typeof key === 'string' || typeof key === 'number') step = key;
        entries.set(item, this.item(converted(value, String(step)), depth));
      }
      expectSize(size, index);
    } catch (error) {
      throw this.path.passing(error, map, step);
    }
    return entries;
  }

  private set(set: ReadonlySet<unknown>, depth: number): object {
    this.enter(depth);
    const { size } = set;
    const items = this.array([...set], set, depth + 1);
    expectSize(size, set.size);
    return new WrittenTag(items, 258);
  }

  private date(date: Date, depth: number): object | null {
    this.enter(depth);
    const milliseconds = date.getTime();
    if (Number.isNaN(milliseconds)) return null;
    return new WrittenTag(this.number(milliseconds / 1000), 1);
  }

  private tag(tagged: Tag, depth: number): object {
    this.enter(depth);
    const { tag } = tagged;
    if (typeof tag === 'number' ? !Number.isSafeInteger(tag) : tag > 0xffff_ffff_ffff_ffffn) {
      throw new EncodeError(`cannot encode tag ${tag}, which is not an integer up to 2^64 - 1`);
    }
    if (tag < 0) throw new EncodeError(`cannot encode tag ${tag}, which is negative`);
    if (Number(tag) === ATTACHMENT_TAG) {
      throw new EncodeError(`cannot encode tag ${ATTACHMENT_TAG}, reserved for attachments`);
    }
    try {
      if (tag <= 0xffff_ffff) {
        return new WrittenTag(this.item(converted(tagged.value, 'value'), depth), Number(tag));
      }
      const head = Buffer.alloc(9, 0xdb);
      head.writeBigUInt64BE(BigInt(tag), 1);
      return new Sequence([
        this.rawItems.add(head),
        this.item(converted(tagged.value, 'value'), depth),
      ]);
    } catch (error) {
      throw this.path.passing(error, tagged, 'value');
    }
  }

  private simple(value: number): unknown {
    if (!Number.isInteger(value) || value < 0 || value > 255) {
      throw new EncodeError(`cannot encode simple value ${value}, which is not from 0 to 255`);
    }
    return this.rawItems.add(value < 24 ? Buffer.of(0xe0 | value) : Buffer.of(0xf8, value));
  }

  private enter(depth: number): void {
    if (depth <= this.limits.maxDepth) return;
    throw new EncodeError(`nested deeper than ${this.limits.maxDepth} levels (codec.maxDepth)`);
  }

  /** Counts bytes, of which there may not be too many. */
  private add(bytes: number): void {
    this.size += bytes;
    if (this.size + this.attachedBytes > this.limits.maxPayload) throw this.tooLong();
  }
}

/** Whether a value needs no preparation. */
function isFlat(value: unknown): boolean {
  return (
    typeof value === 'boolean' ||
    (typeof value === 'number' && (value | 0) === value && value !== 0)
  );
}

/** Getters and `toJSON` run while a collection is read, and may change it. */
function expectSize(announced: number, read: number): void {
  if (announced !== read) throw new EncodeError('changed while being encoded');
}
