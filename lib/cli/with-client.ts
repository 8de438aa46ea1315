import { isLost } from '../client/calls/retry-policy.js';
import { RemoteClient } from '../client/remote-client.js';
import { ExitCode, printError } from './output.js';
import { type SecurityFlags, securityOf } from './security-flags.js';

/** The flags about the connection. */
export interface ConnectFlags extends SecurityFlags {
  address?: string;
  timeout: number;
}

/** A client of these flags. */
export function createClient(
  connect: string,
  { address, timeout, ...keys }: ConnectFlags,
): RemoteClient {
  const client = new RemoteClient({
    connect,
    timeout,
    ...(address !== undefined && { address }),
    ...securityOf(keys),
  });
  // The call or the connect that waits ends with it.
  client.on('error', () => undefined);
  return client;
}

/**
 * Connects a client, uses it, and closes it. Without a response or a connection in time it prints the
 * error and sets the exit code.
 */
export async function withClient(
  connect: string,
  flags: ConnectFlags,
  use: (client: RemoteClient) => Promise<void>,
): Promise<void> {
  const client = createClient(connect, flags);
  try {
    await client.connect();
    await use(client);
  } catch (error) {
    if (!isLost(error)) {
      throw error;
    }
    printError(error);
    process.exitCode = ExitCode.TIMED_OUT;
  } finally {
    await client.close();
  }
}
