import { integer, record } from '../options/option-check.js';
import { type SchemaOf, optional, resolveOptions } from '../options/option-schema.js';

/** How much of a server its peers can take, whatever else they do. */
export interface ServerLimits {
  /** Requests and events that wait or run. Default 131,072. */
  readonly maxCalls: number;
  /** Bytes of the payloads of those. Default 1 GiB. */
  readonly maxCallBytes: number;
  /** Peers that are remembered, of each socket. Those with calls are never forgotten. Default 65,536. */
  readonly maxPeers: number;
  /** Bytes of responses that wait for one peer. Default 64 MiB. */
  readonly maxBytes: number;
  /** Bytes of responses that wait for all peers that take nothing. Default four times `maxBytes`. */
  readonly maxHeldBytes: number;
}

/** The limits of a server that differ from the defaults. */
export type ServerLimitOptions = {
  readonly [Name in keyof ServerLimits]?: ServerLimits[Name] | undefined;
};

const LIMITS = {
  maxCalls: optional(integer(1), 131_072),
  maxCallBytes: optional(integer(1), 1024 * 1024 * 1024),
  maxPeers: optional(integer(1), 65_536),
  maxBytes: optional(integer(1), 64 * 1024 * 1024),
  maxHeldBytes: integer(1),
} satisfies SchemaOf<ServerLimits>;

/** The check of the option `limits`. */
export function serverLimits(option: string, value: ServerLimitOptions | undefined): ServerLimits {
  const wording = { prefix: `${option}.`, noun: 'limit' };
  const limits = resolveOptions(LIMITS, record(option, value), wording);
  const { maxBytes, maxHeldBytes = 4 * maxBytes } = limits;
  return { ...limits, maxHeldBytes };
}
