import { Command } from 'commander';
import { RpcException } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import { setTimeout } from 'node:timers/promises';
import type { RemoteContext } from '../server/remote-context.js';
import { RemoteServer } from '../server/remote-server.js';
import { print, show } from './output.js';
import { runServer } from './running-server.js';

/** `nestjs-remote serve-echo`: a service for trying things out. */
export function serveEchoCommand(): Command {
  return new Command('serve-echo')
    .description('run a service for trying things out, until interrupted')
    .argument('<ADDRESS>', 'where to listen; with --identity, the router to connect to')
    .option('-i, --identity <name>', 'serve behind a router, under this name')
    .addHelpText(
      'after',
      `
Methods:
  echo VALUE…   answers with the value, or the list of several
  sleep MS      answers after so many milliseconds
  fail TEXT     answers with an error
Events of any name are printed.`,
    )
    .action(serveEcho);
}

async function serveEcho(address: string, { identity }: { identity?: string }): Promise<void> {
  const server = new RemoteServer(
    identity === undefined ? { bind: address } : { connect: address, identity },
  );
  server.addHandler('echo', async (data: unknown) => data);
  server.addHandler('sleep', async (ms: unknown, context?: RemoteContext) => {
    await setTimeout(Number(ms), undefined, context && { signal: context.getSignal() });
    return ms;
  });
  server.addHandler('fail', async (text: unknown) =>
    throwError(() => new RpcException(String(text)).getError()),
  );
  const report = async (_data: unknown, context?: RemoteContext): Promise<void> => {
    const args = context?.getCallArguments() ?? [];
    print([context?.getPattern(), ...args.map(show)].join(' '));
  };
  server.addHandler('*', report, true);
  await runServer(server);
}
