import type { MessageHandler } from '@nestjs/microservices';
import type { MethodDescription } from '../../protocol/reserved-methods.js';

/**
 * What a handler says of itself to those who ask, by the extras of its pattern:
 * `@MessagePattern('add', { deprecated: 'use sum' })`. Other extras are for others.
 */
export interface MethodExtras {
  description?: string;
  version?: string;
  /** `true`, or what to use instead. */
  deprecated?: boolean | string;
  /** Whether its response has several values. */
  stream?: boolean;
  /** JSON Schemas of its positional arguments; `null` for one of which nothing is declared. */
  arguments?: readonly unknown[];
}

/** Describes a handler. Extras of another type than is expected are left out: they are of others. */
export function describeHandler(
  name: string,
  { isEventHandler = false, extras = {} }: MessageHandler,
): MethodDescription {
  const { description, version, deprecated, stream, arguments: schemas } = extras as Extras;
  const kind = isEventHandler ? 'event' : 'request';
  return {
    name,
    kind: kind === 'request' && stream === true ? 'stream' : kind,
    ...(typeof description === 'string' && { description }),
    ...(typeof version === 'string' && { version }),
    ...((deprecated === true || (typeof deprecated === 'string' && deprecated !== '')) && {
      deprecated,
    }),
    ...(Array.isArray(schemas) && { arguments: schemas as unknown[] }),
  };
}

/** Extras as they come. */
type Extras = { [Name in keyof MethodExtras]: unknown };
