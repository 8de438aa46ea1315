import { types } from 'node:util';
import type { PathKey } from './codec-error.js';

/** The value that `JSON.stringify` would write for `value`: the result of its `toJSON`, called once. */
export function converted(value: unknown, key: PathKey): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== 'function' || ArrayBuffer.isView(value) || types.isDate(value))
    return value;
  return toJSON.call(value, String(key)) as unknown;
}

/**
 * The bytes of a typed array or DataView, without copying: a view of their own, as cbor-x takes a
 * view for what its `constructor` says.
 */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  const length = view instanceof Uint8Array ? view.length : view.byteLength;
  return new Uint8Array(view.buffer, view.byteOffset, length);
}
