import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { callCommand } from './call.command.js';
import { keygenCommand } from './keygen.command.js';
import { listenCommand } from './listen.command.js';
import { notifyCommand } from './notify.command.js';
import { routerCommand } from './router.command.js';
import { serveEchoCommand } from './serve-echo.command.js';

/** The command `nestjs-remote` with all that it can do. */
export function createProgram(): Command {
  const program = new Command('nestjs-remote')
    .description(
      'Call methods of services and send them events over ZeroMQ or UDP, listen to events, run a router.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .showHelpAfterError('Add --help to see what there is.')
    .addHelpText(
      'after',
      `
An ADDRESS is tcp://HOST:PORT, ipc://PATH or udp://HOST:PORT.

Try it, in two terminals:
  nestjs-remote serve-echo tcp://127.0.0.1:5555
  nestjs-remote call tcp://127.0.0.1:5555 echo '{"hello": "world"}'

Results go to the standard output, everything else to the standard error.
'nestjs-remote help call' explains one command, with examples.`,
    );
  const commands = [
    callCommand(),
    notifyCommand(),
    listenCommand(),
    serveEchoCommand(),
    routerCommand(),
    keygenCommand(),
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}

function version(): string {
  const description = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(description) as { version: string }).version;
}
