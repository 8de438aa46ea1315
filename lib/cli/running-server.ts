import type { RemoteServer } from '../server/remote-server.js';
import { printStatus } from './output.js';

/**
 * Runs a server until SIGINT or SIGTERM.
 *
 * @param connection where it connects, if it does not listen
 */
export async function runServer(server: RemoteServer, connection = ''): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.listen((error) => (error ? reject(error) : resolve()));
  });
  const ended = interrupted();
  printStatus(
    server.addresses.length > 0
      ? `listening on ${server.addresses.join(', ')}`
      : `connecting to ${connection}`,
  );
  await ended;
  await server.close();
}

/** Resolves at SIGINT or SIGTERM. */
export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
