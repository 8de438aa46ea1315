import type { CustomClientOptions } from '@nestjs/microservices';
import { optionError } from '../errors/option-error.js';

import type { RemoteClientOptions } from './client-options.js';
import { RemoteClient } from './remote-client.js';

/**
 * An entry for Nest's `ClientsModule.register` whose options are checked by the compiler, which
 * Nest's own `options` of a `customClass` are not.
 *
 * ```ts
 * ClientsModule.register([remoteClient({ name: 'MATH', connect: 'tcp://127.0.0.1:5555' })])
 * ```
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` without a name
 */
export function remoteClient<Name extends string | symbol>({
  name,
  ...options
}: RemoteClientOptions & { name: Name }): CustomClientOptions & { name: Name } {
  if (name === undefined) {
    throw optionError('name', name, 'give the token that the client is injected by');
  }
  return { name, customClass: RemoteClient, options };
}
