import type { RemoteClient, RemoteClientOptions } from 'nestjs-remote';
import { createClient as createTypedClient } from '../support/nest.js';

/** A client on which every name is a method. It is closed when the test has finished. */
export function createClient(options: RemoteClientOptions | string): RemoteClient {
  return createTypedClient(options);
}
