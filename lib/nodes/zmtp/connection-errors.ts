import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { Address } from '../address.js';
import { AuthenticationError } from './core/protocol-error.js';

/** The handshake with an address that one connects to has failed. */
export function refusedError({ text }: Address, cause: Error): RemoteCallError {
  return new RemoteCallError(
    `${text} refused the handshake: ${cause.message}`,
    { address: text },
    { code: cause instanceof AuthenticationError ? 'UNAUTHENTICATED' : 'UNAVAILABLE', cause },
  );
}

/** The system cannot take a connection, which may have to do with limits of the process. */
export function acceptError(cause: Error): RemoteCallError {
  return new RemoteCallError(
    `cannot accept a connection: ${cause.message}`,
    {},
    { code: 'UNAVAILABLE', cause },
  );
}
