import type { Socket } from 'node:net';

/**
 * Ends a socket once what was written has left, or after some time.
 *
 * @param linger milliseconds; `Infinity` means no limit
 */
export function endSocket(socket: Socket, linger: number): void {
  if (socket.connecting || linger === 0) {
    socket.destroy();
    return;
  }
  // What still comes is thrown away: unread, it would make the system reset the connection.
  socket.removeAllListeners('data').resume();
  socket.end();
  if (Number.isFinite(linger)) {
    const timer = setTimeout(() => socket.destroy(), linger);
    socket.once('close', () => clearTimeout(timer));
  }
}
