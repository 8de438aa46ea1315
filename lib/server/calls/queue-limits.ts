import { optionError } from '../../errors/option-error.js';
import { integer } from '../../options/option-check.js';
import { type SchemaOf, optional, resolveOptions } from '../../options/option-schema.js';

/** How much may wait for a slot of `concurrency`. */
export interface QueueLimits {
  /** Requests and events. Default 65,536; with 0 nothing waits. */
  readonly maxCalls: number;
  /** Bytes of their payloads. Default 64 MiB. */
  readonly maxBytes: number;
}

/** The limits of a queue that differ from the defaults. */
export type QueueOptions = { readonly [Name in keyof QueueLimits]?: QueueLimits[Name] | undefined };

const LIMITS = {
  maxCalls: optional(integer(0), 65_536),
  maxBytes: optional(integer(1), 64 * 1024 * 1024),
} satisfies SchemaOf<QueueLimits>;

/** The check of the option `queue`. */
export function queueOptions(option: string, value: QueueOptions | undefined): QueueLimits {
  const given: unknown = value === undefined ? {} : value;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw optionError(option, value, 'give an object of limits');
  }
  return resolveOptions(LIMITS, given, { prefix: `${option}.`, noun: 'limit' });
}
