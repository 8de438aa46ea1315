import type { ValueReader } from '../cbor/value-reader.js';
import { malformed } from './envelope-reader.js';
import type { WireError } from './error-object.js';
import { type HelloInfo, HelloKey, type Message, MessageType } from './message.js';

/**
 * Puts values into a message whose envelope was read.
 *
 * @param values those of a whole payload
 * @param next the place of the message's first value
 * @param reader has read them
 * @returns the place after its last value
 * @throws {DecodeError} for a value of the wrong type
 */
export function completeMessage(
  message: Message,
  values: readonly unknown[],
  next: number,
  reader: ValueReader,
): number {
  switch (message.type) {
    case MessageType.REQUEST:
    case MessageType.NOTIFICATION:
      message.args = argsOf(values[next], reader);
      return next + 1;
    case MessageType.RESPONSE:
      if (message.error !== undefined) {
        message.error = errorOf(values[next++], reader);
      }
      message.result = values[next];
      return next + 1;
    case MessageType.ITEM:
      message.value = values[next];
      return next + 1;
    case MessageType.HELLO:
      message.info = infoOf(values[next], reader);
      return next + 1;
    default:
      return next;
  }
}

function argsOf(args: unknown, reader: ValueReader): unknown[] {
  if (!Array.isArray(args)) {
    throw malformed('args is not an array', reader);
  }
  return args;
}

function errorOf(error: unknown, reader: ValueReader): WireError {
  if (!Array.isArray(error) || typeof error[0] !== 'string') {
    throw malformed('error is neither null nor [message, context]', reader);
  }
  return { message: error[0], context: contextOf(error[1]) };
}

function infoOf(info: unknown, reader: ValueReader): HelloInfo {
  if (!isMap(info)) {
    throw malformed('info is not a map', reader);
  }
  const members: ReadonlyMap<unknown, unknown> = info instanceof Map ? info : new Map();
  const instance = members.get(HelloKey.INSTANCE);
  const heartbeat = members.get(HelloKey.HEARTBEAT);
  return {
    ...(instance instanceof Uint8Array && { instance }),
    ...(typeof heartbeat === 'number' && { heartbeat }),
  };
}

/** Whether a value was a map: one with text keys alone is an object. */
function isMap(value: unknown): value is object {
  return value instanceof Map || Object.getPrototypeOf(Object(value)) === Object.prototype;
}

/** A context with text keys, whatever keys the peer chose. */
function contextOf(context: unknown): Record<string, unknown> {
  if (context instanceof Map) {
    return Object.fromEntries([...context].map(([key, value]) => [textOf(key), value]));
  }
  return typeof context === 'object' && context !== null && !Array.isArray(context)
    ? (context as Record<string, unknown>)
    : {};
}

/** An object as a key may have a `toString` that is no function. */
function textOf(key: unknown): string {
  return typeof key === 'object' && key !== null
    ? Object.prototype.toString.call(key)
    : String(key);
}
