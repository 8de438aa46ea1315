import { Command } from 'commander';
import { RpcException } from '@nestjs/microservices';
import { type Observable, range, throwError } from 'rxjs';
import { setTimeout } from 'node:timers/promises';
import type { RemoteContext } from '../server/handlers/remote-context.js';
import { RemoteServer } from '../server/remote-server.js';
import { show } from './output.js';
import { printEvent } from './print-event.js';
import { runServer } from './running-server.js';
import { type SecurityFlags, addSecurityFlags, securityOf } from './security-flags.js';

/** `nestjs-remote serve-echo`: a service for trying things out. */
export function serveEchoCommand(): Command {
  const command = new Command('serve-echo')
    .description('run a service for trying things out, until interrupted')
    .argument('<ADDRESS>', 'where to listen; with --identity, the backend of the router')
    .option('-i, --identity <name>', 'serve behind a router, under this name')
    .option('-j, --json', 'print {"event", "args"} as JSON, a line per event, and {"error"}');
  return addSecurityFlags(command, { connects: true, listens: true })
    .addHelpText(
      'after',
      `
Methods:
  echo VALUE…   returns the value, or the list of several
  sleep MS      responds after so many milliseconds
  count N       responds with the numbers from 1 to N, one by one
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
  { identity, json, ...keys }: SecurityFlags & { identity?: string; json?: true },
): Promise<void> {
  const server = new RemoteServer({
    ...(identity === undefined ? { bind: address } : { connect: address, identity }),
    ...securityOf(keys),
    reflection: true,
  });
  server.addHandler('echo', async (data: unknown) => data, false, {
    description: 'returns the value, or the list of several',
  });
  server.addHandler('sleep', sleep, false, { description: 'responds after so many milliseconds' });
  server.addHandler('count', async (data: unknown) => range(1, Number(data)), false, {
    description: 'responds with the numbers from 1 to N, one by one',
    stream: true,
  });
  server.addHandler('fail', async (data: unknown) => failure(textOf(data)), false, {
    description: 'responds with an error',
  });
  server.addHandler('*', printEvent(json), true, { description: 'prints the event' });
  await runServer(server, address);
}

async function sleep(data: unknown, context?: RemoteContext): Promise<unknown> {
  const milliseconds = Number(data);
  if (!(milliseconds >= 0)) {
    return failure(`sleep takes milliseconds, not ${show(data)}`);
  }
  // Without a caller there is no response to send, and no error to log.
  await setTimeout(milliseconds, undefined, context && { signal: context.getSignal() }).catch(
    () => undefined,
  );
  return data;
}

function textOf(data: unknown): string {
  return typeof data === 'string' ? data : show(data);
}

function failure(text: string): Observable<never> {
  return throwError(() => new RpcException(text).getError());
}
