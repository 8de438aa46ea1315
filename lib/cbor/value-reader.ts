import { ATTACHMENT_TAG, type AttachedFrames } from './attachments.js';
import { HeadReader } from './head-reader.js';
import { SimpleValue, Tag } from './values.js';

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/**
 * Reads CBOR items as JavaScript values.
 *
 * For any bytes, only DecodeError is thrown, and memory stays within the limits.
 */
export class ValueReader extends HeadReader {
  /** The frames that {@link ATTACHMENT_TAG} refers to; undefined: it is an ordinary tag. */
  attached: AttachedFrames | undefined;

  /**
   * Reads one item.
   *
   * @returns its value; byte strings are views on the payload
   * @throws DecodeError
   */
  value(): unknown {
    this.addElements(1);
    return this.item(0);
  }

  /**
   * Reads one item without interest in its value.
   *
   * @returns a copy of its bytes
   * @throws DecodeError if it is not one that `value` would read
   */
  rawValue(): Uint8Array {
    const start = this.offset;
    this.value();
    return this.copyFrom(start);
  }

  private item(depth: number): unknown {
    const initial = this.initialByte();
    const additional = initial & 0x1f;
    switch (initial >> 5) {
      case 0:
        return this.argument(additional);
      case 1:
        return negative(this.argument(additional));
      case 2:
        return this.byteString(additional);
      case 3:
        return this.textString(additional);
      case 4:
        return this.array(additional, depth + 1);
      case 5:
        return this.map(additional, depth + 1);
      case 6:
        return this.tagged(this.argument(additional), depth + 1);
      default:
        return this.simple(additional);
    }
  }

  private array(additional: number, depth: number): unknown[] {
    this.enter(depth);
    const length = this.arrayLength(additional);
    if (length >= 0) {
      const items = new Array<unknown>(length);
      for (let index = 0; index < length; index++) items[index] = this.item(depth);
      return items;
    }
    const items: unknown[] = [];
    while (this.hasMore(-1, 1)) items.push(this.item(depth));
    return items;
  }

  /** Reads a map: as an object while all keys are text, from the first other key on as a Map. */
  private map(additional: number, depth: number): unknown {
    this.enter(depth);
    const size = this.mapSize(additional);
    const object: Record<string, unknown> = {};
    // An object moves keys that look like indices to the front; their order is kept aside.
    let order: string[] | undefined;
    for (let read = 0; this.hasMore(size - read, 2); read++) {
      const key = this.item(depth);
      if (typeof key !== 'string') {
        const entries = (order ?? Object.keys(object)).map((text) => [text, object[text]] as const);
        return this.restOfMap(new Map<unknown, unknown>(entries), key, size - read, depth);
      }
      const initial = key.charCodeAt(0);
      if (initial >= DIGIT_0 && initial <= DIGIT_9) order ??= Object.keys(object);
      order?.push(key);
      const value = this.item(depth);
      if (key === '__proto__') define(object, key, value);
      else object[key] = value;
    }
    return object;
  }

  private restOfMap(
    map: Map<unknown, unknown>,
    firstKey: unknown,
    left: number,
    depth: number,
  ): Map<unknown, unknown> {
    map.set(firstKey, this.item(depth));
    for (let rest = left - 1; this.hasMore(rest, 2); rest--) {
      const key = this.item(depth);
      map.set(key, this.item(depth));
    }
    return map;
  }

  /**
   * @param left how many elements or pairs are still to come; negative if a break ends them
   * @param itemsEach how many items each of them is
   */
  private hasMore(left: number, itemsEach: number): boolean {
    if (left >= 0) return left > 0;
    if (this.atBreak()) return false;
    this.addElements(itemsEach);
    return true;
  }

  private tagged(tag: number | bigint, depth: number): unknown {
    if (tag === 2) return safeOrBig(this.bignum());
    if (tag === 3) return safeOrBig(-1n - this.bignum());
    this.enter(depth);
    switch (tag) {
      case 0:
        return this.dateFromText(this.item(depth));
      case 1:
        return this.dateFromSeconds(this.item(depth));
      case 258: {
        const items = this.item(depth);
        if (!Array.isArray(items)) throw this.error('malformed', 'set that is no array');
        return new Set<unknown>(items);
      }
      case 55_799:
        return this.item(depth);
      case ATTACHMENT_TAG: {
        const index = this.item(depth);
        return this.attached?.take(index) ?? new Tag(tag, index);
      }
      default:
        return new Tag(tag, this.item(depth));
    }
  }

  private bignum(): bigint {
    const initial = this.initialByte();
    if (initial >> 5 !== 2) throw this.error('malformed', 'bignum that is no byte string', 1);
    const bytes = this.byteString(initial & 0x1f);
    if (bytes.length > this.limits.maxBignum) {
      const limit = `${this.limits.maxBignum} (codec.maxBignum)`;
      throw this.error('bignum-too-long', `bignum of ${bytes.length} bytes, more than ${limit}`);
    }
    return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
  }

  private dateFromText(text: unknown): Date {
    const date = typeof text === 'string' ? parseDate(text) : undefined;
    if (date === undefined) throw this.error('malformed', 'tag 0 without an RFC 3339 date');
    return date;
  }

  private dateFromSeconds(seconds: unknown): Date {
    const date = new Date(typeof seconds === 'number' ? toMilliseconds(seconds) : NaN);
    if (Number.isNaN(date.getTime())) throw this.error('malformed', 'tag 1 without a date');
    return date;
  }

  private simple(additional: number): unknown {
    switch (additional) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 23:
        return undefined;
      case 24:
        // cbor2 takes values below 32 in this form too, though the standard forbids it.
        return new SimpleValue(this.initialByte());
      case 25:
        return this.half();
      case 26:
        return this.single();
      case 27:
        return this.double();
      case 31:
        throw this.error('malformed', 'break outside an indefinite item', 1);
      default:
        // Refuses 28 to 30, which are reserved.
        return new SimpleValue(Number(this.argument(additional)));
    }
  }

  private enter(depth: number): void {
    if (depth <= this.limits.maxDepth) return;
    const limit = `${this.limits.maxDepth} levels (codec.maxDepth)`;
    throw this.error('too-deep', `nested deeper than ${limit}`, 1);
  }
}

function negative(argument: number | bigint): number | bigint {
  if (argument < Number.MAX_SAFE_INTEGER) return -1 - Number(argument);
  return -1n - BigInt(argument);
}

function safeOrBig(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Multiplies only the fraction, because far dates would lose a millisecond to rounding. */
function toMilliseconds(seconds: number): number {
  const whole = Math.floor(seconds);
  return whole * 1000 + Math.round((seconds - whole) * 1000);
}

/** Makes an own property even of `__proto__`, as JSON.parse does. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** Reads an RFC 3339 date to the millisecond. */
function parseDate(text: string): Date | undefined {
  const match =
    /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i.exec(text);
  if (match === null) return undefined;
  const [, day, time, fraction = '', sign, hours = '0', minutes = '0'] = match;
  const local = new Date(`${day}T${time}${fraction.slice(0, 4)}Z`);
  // JavaScript takes the 30th of February for the 1st or 2nd of March.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${day}T${time}`)) {
    return undefined;
  }
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return new Date(local.getTime() + (sign === '-' ? offset : -offset));
}
