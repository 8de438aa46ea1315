import { RemoteClient } from '../client/remote-client.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { ExitCode, printError } from './output.js';

/** Where `call` and `notify` connect, as their command lines say it. */
export interface ConnectFlags {
  address?: string;
  timeout: number;
}

/**
 * Connects a client, lets it be used, and closes it. Without an answer or a connection in time it
 * says so and sets the exit code.
 */
export async function withClient(
  connect: string,
  { address, timeout }: ConnectFlags,
  use: (client: RemoteClient) => Promise<void>,
): Promise<void> {
  const client = new RemoteClient({ connect, timeout, ...(address !== undefined && { address }) });
  // Whoever waits hears of it by the call.
  client.on('error', () => undefined);
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

function isLost(error: unknown): boolean {
  return (
    error instanceof RemoteCallError &&
    error.origin === 'local' &&
    (error.code === 'DEADLINE_EXCEEDED' || error.code === 'UNAVAILABLE')
  );
}
