import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { benchCommand } from './bench.command.js';
import { callCommand } from './call.command.js';
import { completionCommand } from './completion.command.js';
import { describeCommand } from './describe.command.js';
import { emitCommand } from './emit.command.js';
import { keygenCommand } from './keygen.command.js';
import { listCommand } from './list.command.js';
import { listenCommand } from './listen.command.js';
import { printErrorsAsJson, print, toJson } from './output.js';
import { pingCommand } from './ping.command.js';
import { routerCommand } from './router.command.js';
import { serveEchoCommand } from './serve-echo.command.js';
import { topCommand } from './top.command.js';

/** The command `nestjs-remote` with all that it can do. */
export function createProgram(): Command {
  const program = new Command('nestjs-remote')
    .description(
      'Call methods of services and send them events over ZeroMQ or UDP, ask what they serve and how they are, listen to events, run a router.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .configureOutput({ outputError })
    .hook('preAction', (_program, command) => printErrorsAsJson(command.opts()['json'] === true))
    .showHelpAfterError('Add --help to see what there is.')
    .addHelpText(
      'after',
      `
An ADDRESS is tcp://HOST:PORT, ipc://PATH or udp://HOST:PORT. What connects also takes a
source of servers: etcd://HOST:PORT/NAME or dns+srv://NAME.

Try it, in two terminals:
  nestjs-remote serve-echo tcp://127.0.0.1:5555
  nestjs-remote call tcp://127.0.0.1:5555 echo '{"hello": "world"}'

Results go to the standard output, everything else to the standard error.
'nestjs-remote help call' explains one command, with examples.`,
    );
  const commands = [
    callCommand(),
    emitCommand(),
    listCommand(),
    describeCommand(),
    pingCommand(),
    topCommand(),
    benchCommand(),
    listenCommand(),
    serveEchoCommand(),
    routerCommand(),
    keygenCommand(),
    completionCommand(program),
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}

/** Says what is wrong with the command line: to programs, which asked for JSON, on the standard output. */
function outputError(text: string, write: (text: string) => void): void {
  const [, ...words] = process.argv;
  if (words.some((word) => word === '--json' || word === '-j')) {
    const message = text.replace(/^error: /, '').trimEnd();
    print(toJson({ error: { origin: 'local', code: 'INVALID_ARGUMENT', message, context: {} } }));
  } else {
    write(text);
  }
}

function version(): string {
  const description = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(description) as { version: string }).version;
}
