import { optionError } from '../errors/option-error.js';
import { checkNames } from '../options/option-check.js';
import type { CallOptions } from './remote-record.js';

/** Options of `RemoteClient.issueCall`. */
export interface IssueCallOptions extends CallOptions {
  /** Ends the call with `CANCELLED` when it aborts. */
  signal?: AbortSignal;
  /** Sends an event: resolves when it is handed to the socket. Default false. */
  notification?: boolean;
  /**
   * How often to repeat a call that ended with `DEADLINE_EXCEEDED` or `UNAVAILABLE` here, each time
   * with the whole timeout. For idempotent methods: a call may have run although its response is lost.
   * `idempotent` repeats within one timeout.
   * Default 0.
   */
  retries?: number;
}

/** The values are checked where each is used: this runs for every call. */
const NAMES = [
  'address',
  'timeout',
  'idempotent',
  'metadata',
  'signal',
  'notification',
  'retries',
] as const satisfies readonly (keyof IssueCallOptions)[];

/**
 * Checks the arguments of `issueCall`, which JavaScript does not check.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for arguments that are no array, an unknown option, or
 *   a signal that is no `AbortSignal`
 */
export function checkCall(args: unknown, options: IssueCallOptions): void {
  if (!Array.isArray(args)) {
    throw optionError('args', args, 'give an array of positional arguments');
  }
  checkNames(options, NAMES);
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw optionError('signal', signal, 'give the signal of an AbortController');
  }
}
