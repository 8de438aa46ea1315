import { Command } from 'commander';
import { RemoteClient } from '../client/remote-client.js';
import { HELP, parseValue, wholeNumber } from './call-options.js';

/** `nestjs-remote notify`: sends an event. */
export function notifyCommand(): Command {
  return new Command('notify')
    .description('send an event, which nobody answers')
    .argument('<ADDRESS>', HELP.address)
    .argument('<METHOD>', HELP.method)
    .argument('[ARGS...]', HELP.args)
    .option('-a, --address <identity>', HELP.service)
    .option('-t, --timeout <ms>', HELP.timeout, wholeNumber(0), 5000)
    .action(notify);
}

async function notify(
  connect: string,
  method: string,
  args: readonly string[],
  { address, timeout }: { address?: string; timeout: number },
): Promise<void> {
  const client = new RemoteClient({ connect, timeout, ...(address !== undefined && { address }) });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.issueCall(method, args.map(parseValue), { notification: true });
  } finally {
    await client.close();
  }
}
