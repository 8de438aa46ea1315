import { RemoteCallError } from '../../errors/remote-call.error.js';

/** The handshake with an address that one connects to has failed. */
export function refusedError(address: string, reason: string): RemoteCallError {
  return new RemoteCallError(
    `${address} refused the handshake: ${reason}`,
    { addresses: [address] },
    { code: 'UNAUTHENTICATED' },
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
