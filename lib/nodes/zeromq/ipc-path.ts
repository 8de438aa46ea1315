import { connect } from 'node:net';

/** Errors of a listener that is there, but busy or not open to this process. */
const OCCUPIED: ReadonlySet<unknown> = new Set(['EAGAIN', 'EACCES', 'EPERM']);

/**
 * Whether any process listens on an ipc path.
 *
 * A second bind on it would silently take it over in libzmq, and leave the first listener deaf.
 */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    // libzmq writes an abstract Linux socket as `@name`, Node as `\0name`.
    const socket = connect(path.startsWith('@') ? `\0${path.slice(1)}` : path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(OCCUPIED.has(code)));
  });
}
