import { Command } from 'commander';
import { RpcException } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import { setTimeout } from 'node:timers/promises';
import type { RemoteContext } from '../server/handlers/remote-context.js';
import { RemoteServer } from '../server/remote-server.js';
import { print, show } from './output.js';
import { runServer } from './running-server.js';
import { type SecurityFlags, addSecurityFlags, securityOf } from './security-flags.js';

/** `nestjs-remote serve-echo`: a service for trying things out. */
export function serveEchoCommand(): Command {
  const command = new Command('serve-echo')
    .description('run a service for trying things out, until interrupted')
    .argument('<ADDRESS>', 'where to listen; with --identity, the backend of the router')
    .option('-i, --identity <name>', 'serve behind a router, under this name');
  return addSecurityFlags(command, { connects: true, listens: true })
    .addHelpText(
      'after',
      `
Methods:
  echo VALUE…   returns the value, or the list of several
  sleep MS      responds after so many milliseconds
  fail TEXT     responds with an error
Events of other names are printed.

Examples:
  nestjs-remote serve-echo tcp://127.0.0.1:5555
  nestjs-remote serve-echo tcp://127.0.0.1:7000 --identity echo   (behind a router's backend)`,
    )
    .action(serveEcho);
}

async function serveEcho(
  address: string,
  { identity, ...keys }: SecurityFlags & { identity?: string },
): Promise<void> {
  const server = new RemoteServer({
    ...(identity === undefined ? { bind: address } : { connect: address, identity }),
    ...securityOf(keys),
  });
  server.addHandler('echo', async (data: unknown) => data);
  server.addHandler('sleep', async (data: unknown, context?: RemoteContext) => {
    const milliseconds = Number(data);
    if (!(milliseconds >= 0)) {
      return failure(`sleep takes milliseconds, not ${show(data)}`);
    }
    // Without a caller there is no response to send, and no error to log.
    await setTimeout(milliseconds, undefined, context && { signal: context.getSignal() }).catch(
      () => undefined,
    );
    return data;
  });
  server.addHandler('fail', async (data: unknown) =>
    failure(typeof data === 'string' ? data : show(data)),
  );
  const report = async (_data: unknown, context?: RemoteContext): Promise<void> => {
    const args = context?.getCallArguments() ?? [];
    print([context?.getPattern(), ...args.map(show)].join(' '));
  };
  server.addHandler('*', report, true);
  await runServer(server, address);
}

function failure(text: string): Observable<never> {
  return throwError(() => new RpcException(text).getError());
}
