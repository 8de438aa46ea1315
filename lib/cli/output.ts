import { inspect } from 'node:util';
import { RemoteCallError } from '../errors/remote-call.error.js';

/** Exit codes: without a response in time, and after any other failure. */
export const ExitCode = { FAILED: 1, TIMED_OUT: 2 } as const;

/** Writes one line of results to the standard output. */
export function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}

/** Writes one line about the command itself to the standard error. */
export function printStatus(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** Writes an error, with its context, to the standard error. */
export function printError(error: unknown): void {
  if (!(error instanceof RemoteCallError)) {
    process.stderr.write(`${inspect(error)}\n`);
    return;
  }
  const { origin, code, message, context } = error;
  const details = Object.keys(context).length > 0 ? ` ${show(context)}` : '';
  printStatus(`${origin} error, ${code}: ${message}${details}`);
}

/** Escapes control characters, which a peer may have sent to steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, (control) => inspect(control).slice(1, -1));
}

/** A value for people. */
export function show(value: unknown): string {
  return inspect(value, { depth: null, breakLength: 100, maxArrayLength: null });
}

/** A value for programs: JSON, with bigint as text, bytes as base64, Map as pairs and Set as a list. */
export function toJson(value: unknown): string {
  return (
    JSON.stringify(value, function replace(this: Record<string, unknown>, key, converted: unknown) {
      const original = this[key];
      if (Buffer.isBuffer(original)) {
        return original.toString('base64');
      }
      if (original instanceof Map || original instanceof Set) {
        return [...original];
      }
      return typeof original === 'bigint' ? original.toString() : converted;
    }) ?? 'null'
  );
}
