import { readFileSync } from 'node:fs';
import { RemoteCallError } from '../errors/remote-call.error.js';

/** What keys look like: in Z85, in hexadecimal digits and in base64url. */
const KEY_SHAPE = /^(\S{40}|[\da-f]{64}|[\w-]{43}=?)$/i;

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
    const place = placeOf(env, `the environment variable ${env}`);
    if (text === undefined) {
      throw keyError(option, `${place} is not set`);
    }
    return { text: text.trim(), place };
  }
  return typeof file === 'string' ? findInFile(option, file) : undefined;
}

/** An error that shows no key. */
export function keyError(option: string, reason: string): RemoteCallError {
  return new RemoteCallError(
    `option security: its ${option} cannot be used: ${reason}`,
    { option: `security.${option}` },
    { code: 'INVALID_ARGUMENT' },
  );
}

function findInFile(option: string, path: string): FoundText {
  const place = placeOf(path, `the file '${path}'`);
  try {
    return { text: readFileSync(path, 'utf8').trim(), place };
  } catch (cause) {
    const { code = 'UNKNOWN' } = cause as NodeJS.ErrnoException;
    throw keyError(option, `${place} cannot be read (${code})`);
  }
}

/** How a place is called in errors, where somebody may have given a key itself for its name. */
function placeOf(name: string, place: string): string {
  return KEY_SHAPE.test(name) ? 'a place whose name looks like a key, and is not shown,' : place;
}
