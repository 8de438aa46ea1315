import { type RemoteErrorCode, isRemoteErrorCode } from '../errors/error-codes.js';
import { textOf } from '../errors/thrown-text.js';

/** An error in a RESPONSE: `[message, context]`. */
export interface WireError {
  message: string;
  context: Record<string, unknown>;
}

/** An error to be sent: the members of the RESPONSE, and those of its header. */
export interface OutgoingError extends WireError {
  code?: RemoteErrorCode;
  /** The exact value, where rebuilding it from message and context would not give an equal one. */
  exact?: { value: unknown };
  /** Whether it says that the call did not run and never will. */
  refused?: boolean;
}

/**
 * Turns the error of a handler into an error for the wire.
 *
 * - A plain object with a non-empty text `message`: that message, and the rest as context.
 * - Any other plain object: an empty message, and the whole object as context.
 * - Anything else: `String(error)`, an empty context, and the exact value beside it.
 *
 * A member `code` that is one of this package's codes becomes the error's code as well.
 */
export function toWireError(error: unknown): OutgoingError {
  try {
    return splitError(error);
  } catch {
    return { message: 'the error of the handler cannot be read', context: {} };
  }
}

function splitError(error: unknown): OutgoingError {
  if (!isPlainObject(error)) {
    return { message: textOf(error), context: {}, exact: { value: error } };
  }
  // A getter is read once: it may throw the next time.
  const members = { ...error };
  const { message, ...context } = members;
  const wire: OutgoingError =
    typeof message === 'string' && message !== ''
      ? { message, context }
      : { message: '', context: members };
  if (isRemoteErrorCode(context['code'])) {
    wire.code = context['code'];
  }
  return wire;
}

/** Rebuilds the object from which {@link toWireError} made the error. */
export function toErrorObject({ message, context }: WireError): Record<string, unknown> {
  return message === '' ? context : { ...context, message };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
