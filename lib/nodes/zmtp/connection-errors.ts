import { RemoteCallError } from '../../errors/remote-call.error.js';
import { reasonOf } from '../../errors/thrown-text.js';
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

/** A connection that was accepted is not let in. */
export function strangerError(remoteAddress: string, cause: Error): RemoteCallError {
  return new RemoteCallError(
    `${placeOf(remoteAddress)} is refused: ${cause.message}`,
    { remoteAddress },
    { code: 'UNAUTHENTICATED', cause },
  );
}

/** Whether a connection may stay cannot be told, so that it does. */
export function undecidedError(remoteAddress: string, cause: Error): RemoteCallError {
  return new RemoteCallError(
    `${placeOf(remoteAddress)} stays, though ${cause.message}`,
    { remoteAddress },
    { code: 'UNAVAILABLE', cause },
  );
}

/** Where the other side of a connection is. @param remoteAddress empty for `ipc://` */
export function placeOf(remoteAddress: string): string {
  return remoteAddress === '' ? 'a peer of this host' : `a peer at ${remoteAddress}`;
}

/** What a mechanism needs cannot be loaded. */
export function loadError(cause: unknown): RemoteCallError {
  return new RemoteCallError(
    `cannot load libsodium-wrappers, which CURVE needs: ${reasonOf(cause)}`,
    {},
    { code: 'INTERNAL', cause },
  );
}

/** Whether the process or the system has no file descriptors left. */
export function isExhausted({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EMFILE' || code === 'ENFILE';
}

/** No attempt to connect can be made. */
export function exhaustedError({ text }: Address, cause: NodeJS.ErrnoException): RemoteCallError {
  return new RemoteCallError(
    `cannot connect to ${text}: no file descriptors are left (${cause.code})`,
    { address: text, errno: cause.code },
    { code: 'UNAVAILABLE', cause },
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
