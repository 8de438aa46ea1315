import { Command } from 'commander';
import { HELP, parseValue, wholeNumber } from './call-options.js';
import { type ConnectFlags, withClient } from './with-client.js';

/** `nestjs-remote notify`: sends an event. */
export function notifyCommand(): Command {
  return new Command('notify')
    .description('send an event, which has no answer')
    .argument('<ADDRESS>', HELP.address)
    .argument('<METHOD>', HELP.method)
    .argument('[ARGS...]', HELP.args)
    .option('-a, --address <identity>', HELP.service)
    .option('-t, --timeout <ms>', HELP.timeout, wholeNumber(0), 5000)
    .addHelpText(
      'after',
      `
Example:
  nestjs-remote notify tcp://127.0.0.1:5555 stop now

It ends once the event was handed to the connection: whether a handler took it, nobody says.
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
