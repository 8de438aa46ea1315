import type { Command } from 'commander';
import { setTimeout } from 'node:timers/promises';
import { type ServiceStatus, askStatus } from '../client/reflection.js';
import { connectCommand, wholeNumber } from './connect-command.js';
import { digits, duration } from './duration.js';
import { ExitCode, type Piece, print, toJson } from './output.js';
import { type ConnectFlags, withClient } from './with-client.js';

interface PingFlags extends ConnectFlags {
  count: number;
  interval: number;
  json?: true;
}

/** `nestjs-remote ping`: asks a service whether it is there. */
export function pingCommand(): Command {
  return connectCommand('ping')
    .description('ask a service whether it is there, and how it is')
    .option('-c, --count <times>', 'how often to ask', wholeNumber(1), 1)
    .option(
      '-i, --interval <ms>',
      'milliseconds from one question to the next',
      wholeNumber(0),
      1000,
    )
    .option('-j, --json', 'print {"state", "milliseconds", "instance" …} as JSON, and {"error"}')
    .addHelpText(
      'after',
      `
Examples:
  nestjs-remote ping tcp://127.0.0.1:5555
  nestjs-remote ping tcp://127.0.0.1:6000 --address calculator --timeout 500

The service answers, not the router before it. One that knows no $/ping, as of Python, is up too.
Exit code: 0 for a service that is up, 1 with an error or for one that is draining, 2 without a
response.`,
    )
    .action(ping);
}

function ping(connect: string, { count, interval, json, ...flags }: PingFlags): Promise<void> {
  return withClient(connect, flags, async (client) => {
    for (let times = 0; times < count; times++) {
      if (times > 0) {
        await setTimeout(interval);
      }
      const startedAt = performance.now();
      const status = await askStatus(client);
      const milliseconds = performance.now() - startedAt;
      if (json) {
        print(toJson({ ...reportOf(status), milliseconds: Number(milliseconds.toFixed(3)) }));
      } else {
        print(...stateOf(status), ['dim', `  (${digits(milliseconds)} ms)`]);
      }
      if (status?.draining) {
        process.exitCode = ExitCode.FAILED;
      }
    }
  });
}

/** What programs learn of a service that has responded. */
export function reportOf(status: ServiceStatus | undefined): object {
  const { draining, ...members } = status ?? {};
  return { state: draining ? 'draining' : 'up', ...members };
}

function stateOf(status: ServiceStatus | undefined): Piece[] {
  if (!status) {
    return [['green', 'up'], ', and knows no $/ping'];
  }
  const { draining, uptime, inFlight, instance } = status;
  return [
    draining ? ['yellow', 'draining'] : ['green', 'up'],
    ` for ${duration(uptime)}, ${inFlight} in flight, instance ${instance.slice(0, 8)}`,
  ];
}
