import { RemoteCallError } from '../../errors/remote-call.error.js';
import type { DatagramKeys } from '../security.js';

/** Whoever lacks the key gets no answer, so that this is all that a client can tell. */
export function silent(address: string, [{ id }]: DatagramKeys['keys']): RemoteCallError {
  return new RemoteCallError(
    `no answer from ${address}: it is not there, or has not the key '${id.toString()}' (option security)`,
    { address },
    { code: 'UNAVAILABLE' },
  );
}

/** Why a datagram was not sent: it could not be sealed, or the system did not take it. */
export function notSent(cause: NodeJS.ErrnoException, maxFrame: number): RemoteCallError {
  if (cause instanceof RemoteCallError) {
    return cause;
  }
  if (cause.code === 'EMSGSIZE') {
    return new RemoteCallError(
      `a datagram has room for ${maxFrame} bytes, or for datagramOptions.sendBufferSize`,
      {},
      { code: 'INVALID_ARGUMENT', cause },
    );
  }
  const reason = `cannot send: ${cause.code ?? cause.message}`;
  return new RemoteCallError(reason, {}, { code: 'UNAVAILABLE', cause });
}
