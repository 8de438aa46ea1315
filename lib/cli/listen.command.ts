import { Command } from 'commander';
import { RemoteServer } from '../server/remote-server.js';
import { printEvent } from './print-event.js';
import { runServer } from './running-server.js';
import { type SecurityFlags, addSecurityFlags, securityOf } from './security-flags.js';

/** `nestjs-remote listen`: prints events as they come. */
export function listenCommand(): Command {
  const command = new Command('listen')
    .description('print events as they come, until interrupted')
    .argument('<ADDRESS>', 'where the publisher listens; with --bind or udp://, where to listen')
    .argument('[TOPIC...]', 'take only what begins so (default: everything)')
    .option('-b, --bind', 'listen at ADDRESS, for publishers that connect')
    .option('-j, --json', 'print {"event", "args"} as JSON, a line per event, and {"error"}');
  return addSecurityFlags(command, { connects: true, listens: true })
    .addHelpText(
      'after',
      `
Examples:
  nestjs-remote listen tcp://127.0.0.1:5556 log. alarm
  nestjs-remote listen udp://127.0.0.1:5557

It takes what publishers send (socket: 'pub') and, at udp://, what 'nestjs-remote emit' sends.
Events that 'emit' sends to tcp:// or ipc:// need a service: see serve-echo.`,
    )
    .action(listen);
}

async function listen(
  address: string,
  topics: readonly string[],
  { bind, json, ...keys }: SecurityFlags & { bind?: true; json?: true },
): Promise<void> {
  const isDatagram = address.startsWith('udp:');
  const server = isDatagram
    ? new RemoteServer({ bind: address, ...securityOf(keys) })
    : new RemoteServer({
        ...securityOf(keys),
        socket: 'sub',
        ...(bind ? { bind: address } : { connect: address }),
        topics: topics.length > 0 ? topics : [''],
      });
  // A datagram has no topic: the name of the event decides.
  for (const prefix of isDatagram && topics.length > 0 ? topics : ['']) {
    server.addHandler(`${prefix}*`, printEvent(json), true);
  }
  await runServer(server, address);
}
