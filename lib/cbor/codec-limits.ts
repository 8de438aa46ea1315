import { optionError } from '../errors/option-error.js';

/** The bounds that a codec keeps, all of them checked before memory is spent. */
export interface CodecLimits {
  /** Arrays, maps, sets and tags inside one another. Default 128, at most 1000. */
  readonly maxDepth: number;
  /** Bytes of one payload. Default 64 MiB. */
  readonly maxPayload: number;
  /**
   * Items of one received payload: elements, keys, values and chunks of strings. Default
   * 1,000,000: one byte of CBOR, an empty map, takes about 80 bytes of memory, so what a
   * payload can claim beyond its own size stays below 100 MB.
   */
  readonly maxElements: number;
  /** Bytes of one integer beyond 64 bits. Default 1024; the cost of a longer one grows faster. */
  readonly maxBignum: number;
}

/** The limits of a codec that differ from the defaults. */
export type CodecOptions = { readonly [Name in keyof CodecLimits]?: CodecLimits[Name] | undefined };

interface Limit {
  readonly default: number;
  readonly maximum: number;
}

// Each level takes two stack frames: 1000 of them fit into Node's stack several times over.
const LIMITS: { readonly [Name in keyof CodecLimits]: Limit } = {
  maxDepth: { default: 128, maximum: 1000 },
  maxPayload: { default: 64 * 1024 * 1024, maximum: 2 ** 31 - 1 },
  maxElements: { default: 1_000_000, maximum: 2 ** 31 - 1 },
  maxBignum: { default: 1024, maximum: 64 * 1024 },
};

/** The limits at their most, for what this process has made itself. */
export const LARGEST_LIMITS: CodecLimits = {
  maxDepth: LIMITS.maxDepth.maximum,
  maxPayload: LIMITS.maxPayload.maximum,
  maxElements: LIMITS.maxElements.maximum,
  maxBignum: LIMITS.maxBignum.maximum,
};

/**
 * Checks the `codec` option of a client or server and fills in the defaults.
 *
 * @param options what the user wrote; `undefined` means all defaults
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and what would be right
 */
export function resolveCodecOptions(options: unknown): CodecLimits {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  if (options !== undefined && !isObject) {
    throw optionError('codec', options, 'give an object of limits');
  }
  const given = new Map<string, unknown>(Object.entries(options ?? {}));
  for (const name of given.keys()) {
    if (!Object.hasOwn(LIMITS, name)) {
      const known = Object.keys(LIMITS).join(', ');
      throw optionError(
        `codec.${name}`,
        given.get(name),
        `there is no such limit; there are ${known}`,
      );
    }
  }
  return {
    maxDepth: resolve('maxDepth', given),
    maxPayload: resolve('maxPayload', given),
    maxElements: resolve('maxElements', given),
    maxBignum: resolve('maxBignum', given),
  };
}

function resolve(name: keyof CodecLimits, given: ReadonlyMap<string, unknown>): number {
  const { default: fallback, maximum } = LIMITS[name];
  const found = given.get(name);
  const value = found === undefined ? fallback : found;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > maximum) {
    throw optionError(`codec.${name}`, value, `give a whole number from 1 to ${maximum}`);
  }
  return value;
}
