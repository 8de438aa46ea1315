import { Command } from 'commander';
import { callCommand } from './call.command.js';
import { listenCommand } from './listen.command.js';
import { notifyCommand } from './notify.command.js';
import { routerCommand } from './router.command.js';
import { serveEchoCommand } from './serve-echo.command.js';

/** The command `nestjs-remote` with all that it can do. */
export function createProgram(): Command {
  return new Command('nestjs-remote')
    .description(
      'Remote calls over ZeroMQ and UDP: call and notify services, listen to events, run a router.',
    )
    .addHelpText(
      'after',
      `
An ADDRESS is tcp://HOST:PORT, ipc://PATH or udp://HOST:PORT.

Try it, in two terminals:
  nestjs-remote serve-echo tcp://127.0.0.1:5555
  nestjs-remote call tcp://127.0.0.1:5555 echo '{"hello": "world"}'`,
    )
    .addCommand(callCommand())
    .addCommand(notifyCommand())
    .addCommand(listenCommand())
    .addCommand(serveEchoCommand())
    .addCommand(routerCommand());
}
