import { optionError } from '../errors/option-error.js';
import { type Check, integer } from '../options/option-check.js';
import { type SchemaOf, optional, resolveOptions } from '../options/option-schema.js';

/** The bounds of a codec. All of them are checked before memory is spent. */
export interface CodecLimits {
  /** Arrays, maps, sets and tags inside one another. Default 128, at most 1000. */
  readonly maxDepth: number;
  /** Bytes of one payload. Default 64 MiB. */
  readonly maxPayload: number;
  /**
   * Items of one received payload: elements, keys, values, chunks of strings, and tags that have no
   * JavaScript value of their own. Default 1,000,000: of one byte, an empty map takes 80 bytes of
   * memory and an empty byte string 220, so what a payload can claim stays below 250 MB.
   */
  readonly maxElements: number;
  /** Bytes of one integer beyond 64 bits. Default 1024; the cost of a longer one grows faster. */
  readonly maxBignum: number;
}

/** The limits of a codec that differ from the defaults. */
export type CodecOptions = { readonly [Name in keyof CodecLimits]?: CodecLimits[Name] | undefined };

const LIMITS = {
  // Each level takes two stack frames: 1000 of them fit into Node's stack several times over.
  maxDepth: limit(128, 1000),
  maxPayload: limit(64 * 1024 * 1024, 2 ** 31 - 1),
  maxElements: limit(1_000_000, 2 ** 31 - 1),
  maxBignum: limit(1024, 64 * 1024),
} satisfies SchemaOf<CodecLimits>;

/** Every limit at its maximum, for payloads that this process has made itself. */
export const LARGEST_LIMITS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, { maximum }]) => [name, maximum]),
) as unknown as CodecLimits;

/** The check of the option `codec`. */
export function codecOptions(option: string, value: CodecOptions | undefined): CodecLimits {
  const given: unknown = value === undefined ? {} : value;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw optionError(option, value, 'give an object of limits');
  }
  return resolveOptions(LIMITS, given, { prefix: `${option}.`, noun: 'limit' });
}

/**
 * Checks the `codec` option of a client or server and fills in the defaults.
 *
 * @param options undefined means all defaults
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function resolveCodecOptions(options: unknown): CodecLimits {
  return codecOptions('codec', options as CodecOptions | undefined);
}

/** A limit from 1 to `maximum`. */
function limit(otherwise: number, maximum: number): Check<number> & { readonly maximum: number } {
  return Object.assign(optional(integer(1, maximum), otherwise), { maximum });
}
