import { readFileSync } from 'node:fs';
import { RemoteCallError } from '../errors/remote-call.error.js';

/** A text outside of the program: in an environment variable, or in a file that holds nothing else. */
export type OutsideText = { readonly env: string } | { readonly file: string };

/** A text, and where it was found, which an error may name. */
export interface FoundText {
  readonly text: string;
  readonly place: string;
}

/**
 * Finds a text that must not be shown.
 *
 * @param option the name, for the error
 * @returns undefined where the source is neither a text nor an {@link OutsideText}
 * @throws {RemoteCallError} `INVALID_ARGUMENT` where the variable is not set or the file cannot be read
 */
export function findText(option: string, source: unknown): FoundText | undefined {
  if (typeof source === 'string') {
    return { text: source, place: 'the text' };
  }
  const { env, file } = Object(source) as { readonly env?: unknown; readonly file?: unknown };
  if (typeof env === 'string') {
    const text = process.env[env];
    if (text === undefined) {
      throw keyError(option, `the environment variable ${env} is not set`);
    }
    return { text: text.trim(), place: `the environment variable ${env}` };
  }
  return typeof file === 'string'
    ? { text: textOfFile(option, file), place: `the file '${file}'` }
    : undefined;
}

/** An error that shows no key. */
export function keyError(option: string, reason: string): RemoteCallError {
  return new RemoteCallError(
    `option security: its ${option} cannot be used: ${reason}`,
    { option: `security.${option}` },
    { code: 'INVALID_ARGUMENT' },
  );
}

function textOfFile(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    const { code = 'UNKNOWN' } = cause as NodeJS.ErrnoException;
    throw keyError(option, `the file '${path}' cannot be read (${code})`);
  }
}
