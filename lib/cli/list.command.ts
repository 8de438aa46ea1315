import type { Command } from 'commander';
import { type MethodDescription, askMethods } from '../client/reflection.js';
import { columns } from './columns.js';
import { connectCommand } from './connect-command.js';
import { print, toJson } from './output.js';
import { type ConnectFlags, withClient } from './with-client.js';

/** `nestjs-remote list`: prints what a service serves. */
export function listCommand(): Command {
  return connectCommand('list')
    .description('list what a service serves, if its option reflection is on')
    .option('-j, --json', 'print {"name", "kind" …} as JSON, a line per method, and {"error"}')
    .addHelpText(
      'after',
      `
Example:
  nestjs-remote list tcp://127.0.0.1:5555

Exit code: 0 with a list, 1 with an error, 2 without a response.`,
    )
    .action(list);
}

function list(connect: string, { json, ...flags }: ConnectFlags & { json?: true }): Promise<void> {
  return withClient(connect, flags, async (client) => {
    const methods = await askMethods(client);
    if (json) {
      methods.forEach((method) => print(toJson(method)));
      return;
    }
    for (const [kind = '', name = '', about = ''] of columns(methods.map(rowOf))) {
      print(['cyan', kind], about === '' ? name.trimEnd() : name, ['dim', about]);
    }
  });
}

function rowOf({ kind, name, description, deprecated }: MethodDescription): string[] {
  const about = [deprecated === undefined ? [] : deprecation(deprecated), description ?? []].flat();
  return [kind, name, about.join('; ')];
}

/** Says of a method that it should not be called any more. */
export function deprecation(deprecated: true | string): string {
  return deprecated === true ? 'deprecated' : `deprecated: ${deprecated}`;
}
