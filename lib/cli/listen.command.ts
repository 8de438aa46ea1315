import { Command } from 'commander';
import type { RemoteContext } from '../server/remote-context.js';
import { RemoteServer } from '../server/remote-server.js';
import { print, show, toJson } from './output.js';
import { runServer } from './running-server.js';

/** `nestjs-remote listen`: prints events as they come. */
export function listenCommand(): Command {
  return new Command('listen')
    .description('print events as they come, until interrupted')
    .argument('<ADDRESS>', 'where the publisher is; with --bind and for udp://, where to listen')
    .argument('[TOPIC...]', 'prefixes of the topics to take (default: all)')
    .option('-b, --bind', 'listen at ADDRESS, for publishers that connect')
    .option('-j, --json', 'print {"event", "args"} as JSON, a line per event')
    .action(listen);
}

async function listen(
  address: string,
  topics: readonly string[],
  { bind, json }: { bind?: true; json?: true },
): Promise<void> {
  const server = address.startsWith('udp:')
    ? new RemoteServer({ bind: address })
    : new RemoteServer({
        socket: 'sub',
        ...(bind ? { bind: address } : { connect: address }),
        topics: topics.length > 0 ? topics : [''],
      });
  const report = async (_data: unknown, context?: RemoteContext): Promise<void> => {
    const event = context?.getPattern() ?? '';
    const args = context?.getCallArguments() ?? [];
    print(json ? toJson({ event, args }) : [event, ...args.map(show)].join(' '));
  };
  server.addHandler('*', report, true);
  await runServer(server);
}
