import type { PathKey } from './codec-error.js';

const DATE = '[object Date]';

/**
 * Which of JavaScript's own classes an object is of, as `[object Map]`; `[object Object]` for
 * plain objects and instances of ordinary classes. Other than `instanceof` it is also right about
 * what comes from another realm, such as a file's dates under Jest.
 */
export function kindOf(value: object): string {
  return Object.prototype.toString.call(value);
}

export function isDate(value: object): value is Date {
  return kindOf(value) === DATE;
}

/** The value that `JSON.stringify` would write for `value`: the result of its `toJSON`, called once. */
export function converted(value: unknown, key: PathKey): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== 'function' || ArrayBuffer.isView(value) || isDate(value)) return value;
  return toJSON.call(value, String(key)) as unknown;
}

/** What a boxed primitive holds, by its kind; throws if something else only claims to be one. */
export const UNBOX: { readonly [kind: string]: ((value: object) => unknown) | undefined } = {
  '[object Number]': (value) => Number.prototype.valueOf.call(value),
  '[object String]': (value) => String.prototype.valueOf.call(value),
  '[object Boolean]': (value) => Boolean.prototype.valueOf.call(value),
  '[object BigInt]': (value) => BigInt.prototype.valueOf.call(value),
  '[object Symbol]': (value) => Symbol.prototype.valueOf.call(value),
};

/**
 * The bytes of a typed array or DataView, without copying: a view of their own, as cbor-x takes a
 * view for what its `constructor` says.
 */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  const length = view instanceof Uint8Array ? view.length : view.byteLength;
  return new Uint8Array(view.buffer, view.byteOffset, length);
}
