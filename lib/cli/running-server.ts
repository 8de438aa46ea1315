import type { RemoteServer } from '../server/remote-server.js';
import { print } from './output.js';

/** Runs a server until SIGINT or SIGTERM. */
export async function runServer(server: RemoteServer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.listen((error) => (error ? reject(error) : resolve()));
  });
  print(`listening on ${server.addresses.join(', ') || 'its connections'}`);
  await interrupted();
  await server.close();
}

/** Resolves at SIGINT or SIGTERM. */
export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
