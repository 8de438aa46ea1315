import { optionError } from '../errors/option-error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';

/** What to write instead of options that users of Nest's own transports may expect. */
export function transportHints(address: 'bind' | 'connect'): Readonly<Record<string, string>> {
  const asAddress = `write the address as ${address}: 'tcp://host:port'`;
  const asCodec = 'values travel as CBOR; see the option codec for its limits';
  return {
    host: asAddress,
    port: asAddress,
    url: asAddress,
    serializer: asCodec,
    deserializer: asCodec,
  };
}

/**
 * Checks that options are an object that has only known members.
 *
 * @param known the names there are
 * @param hints what to write instead of names that users of Nest's own transports may expect
 * @throws {RemoteCallError} `INVALID_ARGUMENT`
 */
export function checkNames(
  options: unknown,
  known: readonly string[],
  hints: Readonly<Record<string, string>> = {},
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
      const remedy = hints[name] ?? `there is no such option; there are ${known.join(', ')}`;
      throw optionError(name, value, remedy);
    }
  }
}

/**
 * Refuses to believe that datagrams are protected by options that only ZeroMQ knows.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for a `udp://` address beside options of CURVE or PLAIN
 */
export function checkSecurity(
  addresses: readonly string[],
  socketOptions: Readonly<Record<string, unknown>>,
): void {
  const secured = Object.keys(socketOptions).find((name) => /^(curve|plain|zap)/.test(name));
  const exposed = addresses.find((address) => address.startsWith('udp://'));
  if (secured !== undefined && exposed !== undefined) {
    throw optionError(
      `socketOptions.${secured}`,
      exposed,
      'it does nothing for datagrams; give UDP a server or client of its own',
    );
  }
}

/** A span of time in milliseconds; 0 means none. */
export function milliseconds(option: string, value: unknown, otherwise: number): number {
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
export function wholeNumber(option: string, value: unknown, otherwise: number): number {
  if (value === undefined) {
    return otherwise;
  }
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw optionError(option, value, 'give a whole number from 0');
  }
  return value;
}

/** One of a set of words. */
export function oneOf<Word extends string>(
  option: string,
  value: unknown,
  words: readonly Word[],
  otherwise: Word,
): Word {
  if (value === undefined) {
    return otherwise;
  }
  if (!words.includes(value as Word)) {
    throw optionError(option, value, `give one of ${words.map((word) => `'${word}'`).join(', ')}`);
  }
  return value as Word;
}

/** One text or a list of texts, as a list; undefined where the option is left out. */
export function texts(option: string, value: unknown): readonly string[] | undefined {
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
export function routingId(option: string, value: unknown): Buffer | undefined {
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

export function boolean(option: string, value: unknown, otherwise: boolean): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw optionError(option, value, 'give true or false');
  }
  return value ?? otherwise;
}

/** Options of another library, by its own names. */
export function record(option: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) {
    return {};
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw optionError(option, value, 'give an object');
  }
  return value as Readonly<Record<string, unknown>>;
}
