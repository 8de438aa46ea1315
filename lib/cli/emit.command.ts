import type { Command } from 'commander';
import { type MethodFlags, methodCommand, parseValue } from './method-command.js';
import { print, toJson } from './output.js';
import { type ConnectFlags, withClient } from './with-client.js';

/** `nestjs-remote emit`: sends an event. */
export function emitCommand(): Command {
  return methodCommand('emit')
    .description('send an event, which has no response')
    .option('-j, --json', 'print {"emitted"} as JSON, or {"error"}')
    .addHelpText(
      'after',
      `
Example:
  nestjs-remote emit tcp://127.0.0.1:5555 stop now

It ends when the event is handed to the connection, and does not learn whether a handler took it.
Exit code: 0 when it was sent, 1 with an error, 2 without a connection in time.`,
    )
    .action(emit);
}

function emit(
  connect: string,
  method: string,
  args: readonly string[],
  { json, metadata, ...flags }: ConnectFlags & MethodFlags & { json?: true },
): Promise<void> {
  return withClient(connect, flags, async (client) => {
    await client.issueCall(method, args.map(parseValue), {
      notification: true,
      ...(metadata && { metadata }),
    });
    if (json) {
      print(toJson({ emitted: method }));
    }
  });
}
