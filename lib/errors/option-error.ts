import { RemoteCallError } from './remote-call.error.js';
import { withoutCredentials } from './without-credentials.js';

/**
 * A wrong option, with its name, its value and the remedy.
 *
 * @param remedy the right value, as an imperative: `give a number of milliseconds`
 */
export function optionError(option: string, value: unknown, remedy: string): RemoteCallError {
  // Public keys, and those of servers, are no secrets.
  const isSecret = /secret|security|(?<!public|server)key|password|tls/i.test(option);
  return new RemoteCallError(
    `option ${option}: ${isSecret ? 'its value' : shown(value)} cannot be used; ${remedy}`,
    isSecret ? { option } : { option, value: readable(value) },
    { code: 'INVALID_ARGUMENT' },
  );
}

/** A combination of options for which ZeroMQ has no socket that does what they mean. */
export function socketTypeError(reason: string, context: Record<string, unknown>): RemoteCallError {
  const shownContext = Object.entries(context).map(([name, value]) => [name, readable(value)]);
  const message = `socket type not allowed: ${withoutCredentials(reason)}`;
  return new RemoteCallError(message, Object.fromEntries(shownContext), {
    code: 'INVALID_ARGUMENT',
  });
}

/** A value as a literal. */
function shown(value: unknown): string {
  if (typeof value === 'function') {
    return 'a function';
  }
  if (typeof value !== 'string' && typeof value !== 'object') {
    // oxlint-disable-next-line typescript/no-base-to-string -- no object comes here
    return String(value);
  }
  try {
    return withoutCredentials(JSON.stringify(value));
  } catch {
    return 'an object';
  }
}

/** A value as people may read it, be it an address or a list of them. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => readable(item));
  }
  return typeof value === 'string' ? withoutCredentials(value) : value;
}
