import { optionError } from '../errors/option-error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';

/**
 * Checks one option. `Given` is what users may write, `Value` what the program works with.
 *
 * @param option the name, for the error
 * @param value undefined where the option is left out; at run time it may be anything
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, the value and the remedy
 */
export type Check<Value, Given = Value> = (option: string, value: Given | undefined) => Value;

/** The words of errors about options. */
export interface Wording {
  /** Precedes each name, such as `codec.`. Default: nothing. */
  prefix?: string;
  /** Default `option`. */
  noun?: string;
  /** Remedies for names that do not exist but that users may expect. */
  hints?: Readonly<Record<string, string>>;
}

/** Remedies for options that users of Nest's own transports may expect. */
export function transportHints(address: 'bind' | 'connect'): Readonly<Record<string, string>> {
  const asAddress = `write the address as ${address}: 'tcp://host:port'`;
  const asTransport = `leave it out; write ${address}: 'tcp://host:port'`;
  const asCodec = 'values travel as CBOR; see the option codec for its limits';
  const asPayload = 'give codec.maxPayload, in bytes';
  const asQueue = 'leave it out; what waits has limits of its own (docs/options.md)';
  const asRestart =
    address === 'bind'
      ? 'leave it out: a server listens until it is closed'
      : 'leave it out: a lost link is restored until the client is closed';
  return {
    transport: asTransport,
    options: asTransport,
    host: asAddress,
    port: asAddress,
    url: asAddress,
    serializer: asCodec,
    deserializer: asCodec,
    socketClass: asCodec,
    maxBufferSize: asPayload,
    maxSendBufferSize: asQueue,
    incompleteMessageTimeout: 'leave it out: a half message holds no other back',
    retryAttempts: asRestart,
    retryDelay: asRestart,
    tlsOptions:
      address === 'bind'
        ? 'give security: curveServer({ … }) (docs/security.md)'
        : 'give security: curveClient({ … }) (docs/security.md)',
  };
}

/**
 * Checks that options are an object that has only known names.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the names there are
 */
export function checkNames(
  options: unknown,
  known: readonly string[],
  wording: Wording = {},
): void {
  if (typeof options !== 'object' || options === null) {
    throw new RemoteCallError(
      `options must be an object with any of ${known.join(', ')}`,
      { value: options },
      { code: 'INVALID_ARGUMENT' },
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name) && value !== undefined) {
      const { prefix = '', noun = 'option', hints = {} } = wording;
      const remedy = Object.hasOwn(hints, name)
        ? (hints[name] as string)
        : `there is no such ${noun}; there are ${known.join(', ')}`;
      throw optionError(prefix + name, value, remedy);
    }
  }
}

/** A span of time in milliseconds; 0 means none. */
export function milliseconds(option: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) {
    return otherwise;
  }
  // A longer one would make `setTimeout` fire at once.
  if (typeof value !== 'number' || !(value >= 0 && value <= 0x7fff_ffff)) {
    throw optionError(option, value, 'give milliseconds from 0 (none) to 2147483647');
  }
  return value;
}

/** A whole number from 0 on. */
export function wholeNumber(option: string, value: number | undefined, otherwise: number): number {
  return natural(option, value) ?? otherwise;
}

const natural = integer(0);

/** A whole number within bounds. */
export function integer(
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): Check<number | undefined, number> {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `${least}` : `${least} to ${most}`;
  return (option, value) => {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      throw optionError(option, value, `give a whole number from ${bounds}`);
    }
    return value;
  };
}

/** One of a set of words. */
export function oneOf<Word extends string>(...words: Word[]): Check<Word | undefined, Word> {
  return (option, value) => {
    if (value !== undefined && !words.includes(value)) {
      const list = words.map((word) => `'${word}'`).join(', ');
      throw optionError(option, value, `give one of ${list}`);
    }
    return value;
  };
}

/** One text or a list of texts, as a list. */
export function texts(
  option: string,
  value: string | readonly string[] | undefined,
): readonly string[] | undefined {
  if (value === undefined) {
    return undefined;
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((text) => typeof text === 'string')) {
    throw optionError(option, value, 'give a text or a list of texts that is not empty');
  }
  return list;
}

/** A ZeroMQ routing id or address frame: 1 to 255 bytes that do not begin with a zero byte. */
export function routingId(
  option: string,
  value: string | Uint8Array | undefined,
): Buffer | undefined {
  if (value === undefined) {
    return undefined;
  }
  const isRight = typeof value === 'string' || value instanceof Uint8Array;
  const bytes = isRight ? Buffer.from(value as string) : Buffer.alloc(0);
  if (bytes.length === 0 || bytes.length > 255 || bytes[0] === 0) {
    throw optionError(
      option,
      value,
      'give a text or Uint8Array of 1 to 255 bytes that does not begin with a zero byte',
    );
  }
  return bytes;
}

export function boolean(option: string, value: boolean | undefined): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') {
    throw optionError(option, value, 'give true or false');
  }
  return value;
}

/** An object of further options; an empty one where it is left out. */
export function record<Members extends object>(
  option: string,
  value: Members | undefined,
): Members {
  if (value === undefined) {
    return {} as Members;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw optionError(option, value, 'give an object');
  }
  return value;
}
