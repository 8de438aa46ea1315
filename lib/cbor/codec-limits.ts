import { optionError } from '../errors/option-error.js';
import { integer } from '../options/option-check.js';
import { type SchemaOf, optional, resolveOptions } from '../options/option-schema.js';

/** The bounds of a codec. All of them are checked before memory is spent. */
export interface CodecLimits {
  /** Arrays, maps, sets and tags inside one another. Default 128, at most 1000. */
  readonly maxDepth: number;
  /** Bytes of one payload. Default 64 MiB. */
  readonly maxPayload: number;
  /**
   * Items of one received payload: elements, members with their keys, chunks of strings, and tags
   * that have no JavaScript value of their own. Default a 64th of `maxPayload`, and at least
   * 1,000,000: of one byte, an empty map takes 80 bytes of memory and an empty byte string 220, so
   * what a payload of the default size can claim stays below 250 MB.
   */
  readonly maxElements: number;
  /** Bytes of one integer beyond 64 bits. Default 1024; the cost of a longer one grows faster. */
  readonly maxBignum: number;
}

/** The limits of a codec that differ from the defaults. */
export type CodecOptions = { readonly [Name in keyof CodecLimits]?: CodecLimits[Name] | undefined };

/** Every limit at its maximum, for payloads that this process has made itself. */
export const LARGEST_LIMITS: CodecLimits = {
  // Each level takes two stack frames: 1000 of them fit into Node's stack several times over.
  maxDepth: 1000,
  maxPayload: 2 ** 31 - 1,
  maxElements: 2 ** 31 - 1,
  maxBignum: 64 * 1024,
};

const LIMITS = {
  maxDepth: optional(integer(1, LARGEST_LIMITS.maxDepth), 128),
  maxPayload: optional(integer(1, LARGEST_LIMITS.maxPayload), 64 * 1024 * 1024),
  maxElements: integer(1, LARGEST_LIMITS.maxElements),
  maxBignum: optional(integer(1, LARGEST_LIMITS.maxBignum), 1024),
} satisfies SchemaOf<CodecLimits>;

/** The check of the option `codec`. */
export function codecOptions(option: string, value: CodecOptions | undefined): CodecLimits {
  const given: unknown = value === undefined ? {} : value;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw optionError(option, value, 'give an object of limits');
  }
  const limits = resolveOptions(LIMITS, given, { prefix: `${option}.`, noun: 'limit' });
  const { maxPayload, maxElements = elementsOf(maxPayload) } = limits;
  return { ...limits, maxElements };
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

function elementsOf(maxPayload: number): number {
  return Math.max(1_000_000, Math.floor(maxPayload / 64));
}
