import { RemoteCallError } from '../errors/remote-call.error.js';

/** The meaning of the system's codes, where its own texts mislead. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address in use',
  ENODEV: 'the host is no address of this machine',
  EADDRNOTAVAIL: 'the host is no address of this machine',
  ENOTFOUND: 'the host is no address of this machine',
  ENOENT: 'the folder does not exist',
  EACCES: 'this process may not listen there',
};

/** The error of an address that cannot be bound, which it names. @param cause with the system's code */
export function bindError(address: string, cause: unknown): RemoteCallError {
  const { code: errno = 'UNKNOWN', message } = cause as NodeJS.ErrnoException;
  return new RemoteCallError(
    `cannot bind ${address}: ${errno} (${REASONS[errno] ?? message})`,
    { address, errno },
    { code: 'UNAVAILABLE', cause },
  );
}
