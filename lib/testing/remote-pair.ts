import { randomUUID } from 'node:crypto';
import type { RemoteClientOptions } from '../client/client-options.js';
import { RemoteClient } from '../client/remote-client.js';
import { RemoteServer } from '../server/remote-server.js';
import type { RemoteServerOptions } from '../server/server-options.js';

/** Options of {@link createRemotePair}: those of both ends, but for where they are. */
export interface RemotePairOptions {
  server?: Omit<RemoteServerOptions, 'bind' | 'connect' | 'resolve' | 'socket'>;
  client?: Omit<RemoteClientOptions, 'bind' | 'connect' | 'resolve' | 'socket'>;
}

/** A server and a client of it, within this process. */
export interface RemotePair<Methods> {
  /** The strategy of the microservice to test. Whoever listens with it closes it. */
  readonly server: RemoteServer;
  /** Connects by itself. The test closes it. */
  readonly client: RemoteClient<Methods>;
  /** Where the server is found, for further clients: `memory://` and a name of its own. */
  readonly address: string;
}

/**
 * Makes a server and a client that are linked in memory: no port, no native code, and all else as
 * between two processes: codec, timeouts, streams, cancellation.
 *
 * ```ts
 * const { server, client } = createRemotePair<MathService>();
 * const app = module.createNestMicroservice({ strategy: server });
 * await app.listen();
 * await client.call.add(1, 2);
 * ```
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
// oxlint-disable-next-line typescript/no-explicit-any -- without a type every name is a method
export function createRemotePair<Methods = any>({
  server,
  client,
}: RemotePairOptions = {}): RemotePair<Methods> {
  const address = `memory://${randomUUID()}`;
  return {
    server: new RemoteServer({ ...server, bind: address }),
    client: new RemoteClient<Methods>({ ...client, connect: address }),
    address,
  };
}
