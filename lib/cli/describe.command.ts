import type { Command } from 'commander';
import { type MethodDescription, askMethods } from '../client/reflection.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { connectCommand } from './connect-command.js';
import { deprecation } from './list.command.js';
import { print, show, toJson } from './output.js';
import { type ConnectFlags, withClient } from './with-client.js';

/** `nestjs-remote describe`: prints all that a service says of its methods. */
export function describeCommand(): Command {
  return connectCommand('describe')
    .argument('[METHOD]', 'the one to describe (default: all)')
    .description('print all that a service says of its methods, if its option reflection is on')
    .option('-j, --json', 'print {"name", "kind" …} as JSON, a line per method, and {"error"}')
    .addHelpText(
      'after',
      `
Examples:
  nestjs-remote describe tcp://127.0.0.1:5555
  nestjs-remote describe tcp://127.0.0.1:5555 add --json

Exit code: 0 with a description, 1 with an error, 2 without a response.`,
    )
    .action(describe);
}

function describe(
  connect: string,
  name: string | undefined,
  { json, ...flags }: ConnectFlags & { json?: true },
): Promise<void> {
  return withClient(connect, flags, async (client) => {
    const methods = await askMethods(client);
    const chosen = name === undefined ? methods : methods.filter((method) => method.name === name);
    if (name !== undefined && chosen.length === 0) {
      throw new RemoteCallError(
        `${connect} serves no '${name}'; see nestjs-remote list`,
        { method: name },
        { code: 'INVALID_ARGUMENT' },
      );
    }
    for (const method of chosen) {
      if (json) {
        print(toJson(method));
      } else {
        printMethod(method);
      }
    }
  });
}

function printMethod(method: MethodDescription): void {
  const { name, kind, description, version, deprecated, arguments: schemas } = method;
  print(['cyan', kind], ' ', ['bold', name], version === undefined ? '' : ` (version ${version})`);
  if (deprecated !== undefined) {
    print('  ', ['yellow', deprecation(deprecated)]);
  }
  if (description !== undefined) {
    print(`  ${description}`);
  }
  schemas?.forEach((schema, index) => print(`  argument ${index}: ${show(schema)}`));
}
