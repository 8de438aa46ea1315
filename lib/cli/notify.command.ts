import type { Command } from 'commander';
import { methodCommand, parseValue } from './method-command.js';
import { type ConnectFlags, withClient } from './with-client.js';

/** `nestjs-remote notify`: sends an event. */
export function notifyCommand(): Command {
  return methodCommand('notify')
    .description('send an event, which has no response')
    .addHelpText(
      'after',
      `
Example:
  nestjs-remote notify tcp://127.0.0.1:5555 stop now

It ends when the event is handed to the connection, and does not learn whether a handler took it.
Exit code: 0 when it was sent, 1 with an error, 2 without a connection in time.`,
    )
    .action(notify);
}

function notify(
  connect: string,
  method: string,
  args: readonly string[],
  flags: ConnectFlags,
): Promise<void> {
  return withClient(connect, flags, async (client) => {
    await client.issueCall(method, args.map(parseValue), { notification: true });
  });
}
