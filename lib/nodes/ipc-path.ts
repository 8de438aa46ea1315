import { connect } from 'node:net';

/**
 * Whether somebody listens on an ipc path.
 *
 * A second bind on it would silently take it over in libzmq, and leave the first listener deaf.
 */
export function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    // libzmq writes an abstract Linux socket as `@name`, Node as `\0name`.
    const socket = connect(path.startsWith('@') ? `\0${path.slice(1)}` : path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
