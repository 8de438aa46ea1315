import { RemoteCallError } from '../errors/remote-call.error.js';

/** The meaning of the system's codes, where its own texts mislead. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address in use',
  ENODEV: 'the host is no address of this machine',
  EADDRNOTAVAIL: 'the host is no address of this machine',
  ENOTFOUND: 'there is no such name',
  ENOENT: 'the folder does not exist',
  EACCES: 'this process may not listen there',
};

/**
 * The error of an address that cannot be bound, which it names.
 *
 * @param cause with the system's code
 * @param remedy what the user should do where options are to blame
 */
export function bindError(address: string, cause: unknown, remedy?: string): RemoteCallError {
  const { code: errno = 'UNKNOWN', message } = cause as NodeJS.ErrnoException;
  return new RemoteCallError(
    `cannot bind ${address}: ${errno} (${remedy ?? REASONS[errno] ?? message})`,
    { address, errno },
    { code: remedy === undefined ? 'UNAVAILABLE' : 'INVALID_ARGUMENT', cause },
  );
}
