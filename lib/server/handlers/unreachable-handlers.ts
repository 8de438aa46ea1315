import { RESERVED_PREFIX, isReserved } from '../../protocol/reserved-methods.js';
import type { HandlerTable } from './handler-table.js';

/**
 * What a server warns of as it begins to listen: handlers that nobody can call.
 *
 * @param options those of the server
 */
export function unreachableHandlerWarnings(
  handlers: HandlerTable,
  { socket, topics }: { socket: string; topics?: readonly string[] | undefined },
): string[] {
  const warnings = handlers
    .entries()
    .filter(([pattern]) => isReserved(pattern))
    .map(
      ([pattern]) =>
        `nobody can call '${pattern}': what begins with ${RESERVED_PREFIX} is for the server itself`,
    );
  if (socket !== 'sub') {
    return warnings;
  }
  const requests = handlers.patterns(false);
  if (requests.length > 0) {
    warnings.push(`SUB takes events only: nobody can call ${requests.join(', ')}`);
  }
  if (topics === undefined && handlers.topics().length === 0) {
    warnings.push('SUB has neither topics nor event handlers: nothing will come');
  }
  return warnings;
}
