import { types } from 'node:util';
import type { PathKey } from './codec-error.js';

/** The value that `JSON.stringify` would write for `value`: the result of its `toJSON`, called once. */
export function converted(value: unknown, key: PathKey): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return value;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== 'function' || isBuiltIn(value)) return value;
  return toJSON.call(value, String(key)) as unknown;
}

/** Whether `toJSON` is that of Date or Buffer, of any realm: CBOR has these types itself. */
function isBuiltIn(value: object): boolean {
  if (!types.isDate(value) && !ArrayBuffer.isView(value)) return false;
  let holder: object | null = value;
  while (holder !== null && !Object.hasOwn(holder, 'toJSON')) {
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return (
    holder !== null && (Object.hasOwn(holder, 'getTime') || Object.hasOwn(holder, 'readUInt8'))
  );
}

/**
 * The bytes of a typed array or DataView, without copying: a view of their own, as cbor-x takes a
 * view for what its `constructor` says.
 */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  const length = view instanceof Uint8Array ? view.length : view.byteLength;
  return new Uint8Array(view.buffer, view.byteOffset, length);
}
