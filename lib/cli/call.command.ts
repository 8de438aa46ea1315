import type { Command } from 'commander';
import { methodCommand, parseValue, wholeNumber } from './method-command.js';
import { print, show, toJson } from './output.js';
import { type ConnectFlags, withClient } from './with-client.js';

interface CallFlags extends ConnectFlags {
  repeat: number;
  json?: true;
}

/** `nestjs-remote call`: calls a method and prints its result and how long it took. */
export function callCommand(): Command {
  return methodCommand('call')
    .description('call a method, print its result and the time it took')
    .option('-r, --repeat <times>', 'how often to call, one after the other', wholeNumber(1), 1)
    .option('-j, --json', 'print {"result", "milliseconds"} as JSON, a line per call')
    .addHelpText(
      'after',
      `
Examples:
  nestjs-remote call tcp://127.0.0.1:5555 add 1 2
  nestjs-remote call tcp://127.0.0.1:5555 greet '{"name": "Ada"}' politely
  nestjs-remote call tcp://127.0.0.1:6000 add 1 2 --address calculator
  nestjs-remote call tcp://127.0.0.1:5555 greet -- --text-that-begins-with-a-dash

Exit code: 0 with a result, 1 with an error, 2 without a response: no connection, no
such service at the router, or not in time.`,
    )
    .action(call);
}

function call(
  connect: string,
  method: string,
  args: readonly string[],
  { repeat, json, ...flags }: CallFlags,
): Promise<void> {
  return withClient(connect, flags, async (client) => {
    for (let times = 0; times < repeat; times++) {
      const startedAt = performance.now();
      const result = await client.issueCall(method, args.map(parseValue));
      const milliseconds = Number((performance.now() - startedAt).toFixed(3));
      print(
        json
          ? toJson({ result: result ?? null, milliseconds })
          : `${show(result)}  (${milliseconds} ms)`,
      );
    }
  });
}
