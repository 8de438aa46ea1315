import { HeadWriter, Major } from './head-writer.js';
import { ATTACHMENT_TAG, SMALLEST_ATTACHMENT } from './attachments.js';
import { RawItem, SimpleValue, Tag } from './values.js';
import type { PathKey } from './codec-error.js';
import { EncodeError } from './codec-error.js';
import type { Slice } from './slice.js';
import { UNBOX, bytesOf, converted, isDate, kindOf } from './javascript-value.js';

/** A container on the way to what cannot be encoded, and the key that leads on from it. */
interface Step {
  readonly container: object;
  readonly key: PathKey;
}

/**
 * Writes JavaScript values as CBOR, byte for byte as Python's cbor2 writes its own.
 *
 * A value is read once, while it is written. The path to a part that cannot be encoded is collected
 * while the error propagates, so that values without errors pay nothing for it.
 */
export class ValueWriter extends HeadWriter {
  /** Filled from the innermost container outwards while an error travels up. */
  private trail: Step[] = [];
  private busy = false;
  /** Copies of the large byte strings outside the payload; undefined: all are in the payload. */
  private attached: Buffer[] | undefined;
  private attachedBytes = 0;

  /**
   * Starts a payload.
   *
   * @param attaches whether large byte strings are left out of it, for {@link attachments}
   * @throws EncodeError if called from a getter or `toJSON` of a value
   */
  override begin(attaches = false): void {
    if (this.busy) throw new EncodeError('cannot encode while encoding');
    this.attached = attaches ? [] : undefined;
    this.attachedBytes = 0;
    super.begin();
  }

  /** The byte strings outside the payload since `begin`; undefined where there are none. */
  get attachments(): readonly Buffer[] | undefined {
    return this.attached?.length ? this.attached : undefined;
  }

  override finish(): Slice {
    this.checkLength();
    return super.finish();
  }

  /**
   * Writes one value.
   *
   * @param value `undefined` is written as null, and left out where it is a member of an object
   * @param root what an error message calls the value
   * @throws EncodeError with the path to the part that cannot be encoded
   */
  value(value: unknown, root = 'value'): void {
    this.busy = true;
    try {
      this.item(converted(value, ''), 0);
    } catch (error) {
      throw this.explain(error, root);
    } finally {
      this.busy = false;
    }
  }

  private item(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'number':
        return this.number(value);
      case 'string':
        return this.text(value);
      case 'object':
        return value === null ? this.null() : this.object(value, depth);
      case 'boolean':
        return this.byte(value ? 0xf5 : 0xf4);
      case 'undefined':
        return this.null();
      case 'bigint':
        return this.bigint(value);
      default:
        throw new EncodeError(`cannot encode a ${typeof value}`);
    }
  }

  private object(value: object, depth: number): void {
    if (Array.isArray(value)) this.array(value, depth + 1);
    else if (Object.getPrototypeOf(value) === Object.prototype) this.members(value, depth + 1);
    else if (ArrayBuffer.isView(value)) this.byteString(bytesOf(value));
    else if (!this.notation(value, depth + 1) && !this.builtIn(value, depth + 1)) {
      this.members(value, depth + 1);
    }
  }

  private array(array: readonly unknown[], depth: number): void {
    this.enter(depth);
    const { length } = array;
    this.arrayHead(length);
    let index = 0;
    try {
      for (; index < length; index++) this.item(converted(array[index], index), depth);
    } catch (error) {
      throw this.passing(error, array, index);
    }
  }

  /** Writes own enumerable members, leaving out what JSON leaves out. */
  private members(object: object, depth: number): void {
    this.enter(depth);
    const keys = Object.keys(object);
    const offset = this.length;
    this.mapHead(keys.length);
    let kept = 0;
    let key = '';
    try {
      for (key of keys) {
        const member = converted((object as Record<string, unknown>)[key], key);
        if (member === undefined || typeof member === 'function' || typeof member === 'symbol') {
          continue;
        }
        this.text(key);
        this.item(member, depth);
        kept++;
      }
    } catch (error) {
      throw this.passing(error, object, key);
    }
    if (kept < keys.length) this.shrinkMap(offset, keys.length, kept);
  }

  /** Writes the classes of cbor-values. @returns whether `value` is one of them */
  private notation(value: object, depth: number): boolean {
    if (value instanceof RawItem) this.raw(value.bytes);
    else if (value instanceof SimpleValue) this.simple(value.value);
    else if (value instanceof Tag) this.tag(value, depth);
    else return false;
    return true;
  }

  /** Writes instances of JavaScript's own classes. @returns whether `value` is one of them */
  private builtIn(value: object, depth: number): boolean {
    const kind = kindOf(value);
    if (kind === '[object Object]') return false;
    const unbox = UNBOX[kind];
    if (unbox !== undefined) {
      this.item(unbox(value), depth);
    } else if (isDate(value)) {
      this.date(value, depth);
    } else if (kind === '[object Map]' || value instanceof Map) {
      this.map(value as ReadonlyMap<unknown, unknown>, depth);
    } else if (kind === '[object Set]' || value instanceof Set) {
      this.set(value as ReadonlySet<unknown>, depth);
    } else if (kind === '[object Error]' || value instanceof Error) {
      const { name, message } = value as Error;
      this.members({ name, message }, depth);
    } else if (kind === '[object ArrayBuffer]' || kind === '[object SharedArrayBuffer]') {
      this.byteString(new Uint8Array(value as ArrayBufferLike));
    } else {
      return false;
    }
    return true;
  }

  /** Writes a byte string, or in its place which attachment it is. */
  private byteString(bytes: Uint8Array): void {
    if (!this.attached || bytes.length < SMALLEST_ATTACHMENT) return this.bytes(bytes);
    this.attachedBytes += bytes.length;
    this.checkLength();
    this.head(Major.tag, ATTACHMENT_TAG);
    this.head(Major.unsigned, this.attached.length);
    // A copy, as of everything that is encoded: the caller may change it afterwards.
    this.attached.push(Buffer.from(bytes));
  }

  private checkLength(): void {
    if (this.length + this.attachedBytes > this.limits.maxPayload) throw this.tooLong();
  }

  private map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    this.enter(depth);
    const { size } = map;
    this.mapHead(size);
    let index = 0;
    let step: PathKey = 0;
    try {
      for (const [key, value] of map) {
        step = index++;
        this.item(converted(key, ''), depth);
        if (typeof key === 'string' || typeof key === 'number') step = key;
        this.item(converted(value, String(step)), depth);
      }
      expectSize(size, index);
    } catch (error) {
      throw this.passing(error, map, step);
    }
  }

  private set(set: ReadonlySet<unknown>, depth: number): void {
    this.enter(depth + 1);
    const { size } = set;
    this.head(Major.tag, 258);
    this.arrayHead(size);
    let index = 0;
    try {
      for (const value of set) {
        this.item(converted(value, index), depth + 1);
        index++;
      }
      expectSize(size, index);
    } catch (error) {
      throw this.passing(error, set, index);
    }
  }

  private date(date: Date, depth: number): void {
    this.enter(depth);
    const milliseconds = date.getTime();
    if (Number.isNaN(milliseconds)) throw new EncodeError('cannot encode an invalid Date');
    this.head(Major.tag, 1);
    this.number(milliseconds / 1000);
  }

  private tag(tagged: Tag, depth: number): void {
    this.enter(depth);
    const { tag } = tagged;
    if (typeof tag === 'number' ? !Number.isSafeInteger(tag) : tag > 0xffff_ffff_ffff_ffffn) {
      throw new EncodeError(`cannot encode tag ${tag}, which is not an integer up to 2^64 - 1`);
    }
    const number = BigInt(tag);
    if (number < 0n) throw new EncodeError(`cannot encode tag ${tag}, which is negative`);
    if (number === BigInt(ATTACHMENT_TAG)) {
      throw new EncodeError(`cannot encode tag ${ATTACHMENT_TAG}, reserved for attachments`);
    }
    this.wideHead(Major.tag, number);
    try {
      this.item(converted(tagged.value, 'value'), depth);
    } catch (error) {
      throw this.passing(error, tagged, 'value');
    }
  }

  private simple(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 255) {
      throw new EncodeError(`cannot encode simple value ${value}, which is not from 0 to 255`);
    }
    this.head(Major.simple, value);
  }

  private enter(depth: number): void {
    if (depth <= this.limits.maxDepth) return;
    throw new EncodeError(`nested deeper than ${this.limits.maxDepth} levels (codec.maxDepth)`);
  }

  private passing(error: unknown, container: object, key: PathKey): unknown {
    this.trail.push({ container, key });
    return error;
  }

  private explain(error: unknown, root: string): EncodeError {
    const steps = this.trail.toReversed();
    this.trail = [];
    const path = steps.map((step) => step.key);
    const containers = steps.map((step) => step.container);
    // A cycle ends at some limit; only then is it worth looking for.
    const again = containers.findIndex((container, at) => containers.indexOf(container) < at);
    if (again > 0) return new EncodeError('cyclic reference', path.slice(0, again), root);
    if (error instanceof EncodeError) return new EncodeError(error.problem, path, root);
    const reason = error instanceof Error ? error.message : String(error);
    return new EncodeError(`cannot read the value (${reason})`, path, root, { cause: error });
  }
}

/** Getters and `toJSON` run while a collection is written, and may change it. */
function expectSize(announced: number, written: number): void {
  if (announced !== written) throw new EncodeError('changed while being encoded');
}
