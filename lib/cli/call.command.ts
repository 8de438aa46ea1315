import type { Command } from 'commander';
import { isRemoteErrorCode } from '../errors/error-codes.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { RemoteClient } from '../client/remote-client.js';
import { RemoteRecordBuilder } from '../client/remote-record.js';
import { wholeNumber } from './connect-command.js';
import { type MethodFlags, methodCommand, parseValue } from './method-command.js';
import { print, show, toJson } from './output.js';
import { type ConnectFlags, withClient } from './with-client.js';

interface CallFlags extends ConnectFlags, MethodFlags {
  repeat: number;
  stream?: true;
  json?: true;
}

/** `nestjs-remote call`: calls a method and prints its result and how long it took. */
export function callCommand(): Command {
  return methodCommand('call')
    .description('call a method, print its result and the time it took')
    .option('-r, --repeat <times>', 'how often to call, one after the other', wholeNumber(1), 1)
    .option('-s, --stream', 'print each of several values as it comes, a line per value')
    .option('-j, --json', 'print {"result", "milliseconds"} or {"value"} as JSON, and {"error"}')
    .addHelpText(
      'after',
      `
Examples:
  nestjs-remote call tcp://127.0.0.1:5555 add 1 2
  nestjs-remote call tcp://127.0.0.1:5555 greet '{"name": "Ada"}' politely
  nestjs-remote call tcp://127.0.0.1:5555 count 3 --stream
  nestjs-remote call tcp://127.0.0.1:6000 add 1 2 --address calculator --metadata tenant=a
  nestjs-remote call tcp://127.0.0.1:5555 greet -- --text-that-begins-with-a-dash

Exit code: 0 with a result, 1 with an error, 2 without a response: no connection, no
such service at the router, or not in time.`,
    )
    .action(call);
}

function call(
  connect: string,
  method: string,
  texts: readonly string[],
  { repeat, stream, json, metadata, ...flags }: CallFlags,
): Promise<void> {
  const args = texts.map(parseValue);
  return withClient(connect, flags, async (client) => {
    for (let times = 0; times < repeat; times++) {
      if (stream) {
        await printValues(client, method, args, metadata, json);
        continue;
      }
      const startedAt = performance.now();
      const result = await client.issueCall(method, args, metadata && { metadata });
      const milliseconds = Number((performance.now() - startedAt).toFixed(3));
      if (json) {
        print(toJson({ result: result ?? null, milliseconds }));
      } else {
        print(show(result), ['dim', `  (${milliseconds} ms)`]);
      }
    }
  });
}

/** Prints the values of a response as they come. */
function printValues(
  client: RemoteClient,
  method: string,
  args: readonly unknown[],
  metadata: Record<string, string> | undefined,
  json: boolean | undefined,
): Promise<void> {
  const record = RemoteRecordBuilder.fromArguments(...args);
  const values = client.send<unknown>(method, record.setMetadata(metadata ?? {}).build());
  return new Promise((resolve, reject) => {
    values.subscribe({
      next: (value) => print(json ? toJson({ value: value ?? null }) : show(value)),
      error: (error: unknown) => reject(asCallError(error)),
      complete: resolve,
    });
  });
}

/** What `send` emits, which is a service's own object, as the error that it was. */
function asCallError(error: unknown): Error {
  if (error instanceof RemoteCallError) {
    return error;
  }
  const members = typeof error === 'object' && error !== null ? error : { message: error };
  const { message = '', ...context } = members as Record<string, unknown>;
  const { code } = context;
  return new RemoteCallError(String(message), context, {
    origin: 'remote',
    code: isRemoteErrorCode(code) ? code : 'UNKNOWN',
  });
}
