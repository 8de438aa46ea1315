import { inspect, styleText } from 'node:util';
import { RemoteCallError } from '../errors/remote-call.error.js';

/** Exit codes: without a response in time, and after any other failure. */
export const ExitCode = { FAILED: 1, TIMED_OUT: 2 } as const;

/** A piece of a line: plain text, or text in a style, which only a terminal shows. */
export type Piece = string | readonly [style: Style, text: string];

type Style = Parameters<typeof styleText>[0];

let errorsAreJson = false;

/** Says whether errors are results as well: JSON on the standard output. */
export function printErrorsAsJson(asJson: boolean): void {
  errorsAreJson = asJson;
}

/** Writes one line of results to the standard output. */
export function print(...line: readonly Piece[]): void {
  process.stdout.write(`${styled(line, process.stdout)}\n`);
}

/** Writes one line about the command itself to the standard error. */
export function printStatus(...line: readonly Piece[]): void {
  process.stderr.write(`${styled(line, process.stderr)}\n`);
}

/** Writes an error, with its context, to the standard error; for `--json` to the standard output. */
export function printError(error: unknown): void {
  if (errorsAreJson) {
    print(toJson({ error: membersOf(error) }));
  } else if (error instanceof RemoteCallError) {
    const { origin, code, message, context } = error;
    const details = Object.keys(context).length > 0 ? ` ${show(context)}` : '';
    printStatus(['red', `${origin} error, ${code}:`], ` ${message}${details}`);
  } else {
    process.stderr.write(`${inspect(error)}\n`);
  }
}

/** What a program needs of an error. */
export function membersOf(error: unknown): object {
  if (error instanceof RemoteCallError) {
    const { origin, code, message, context } = error;
    return { origin, code, message, context };
  }
  return { origin: 'local', code: 'UNKNOWN', message: String(error), context: {} };
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

/** The text of a line for a stream. Node leaves the styles out where it is no terminal, or for NO_COLOR. */
function styled(line: readonly Piece[], stream: NodeJS.WriteStream): string {
  return line
    .map((piece) =>
      typeof piece === 'string'
        ? printable(piece)
        : styleText(piece[0], printable(piece[1]), { stream }),
    )
    .join('');
}

/** Escapes control characters, which a peer may have sent to steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, (control) => inspect(control).slice(1, -1));
}
