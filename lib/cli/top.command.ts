import type { Command } from 'commander';
import { setTimeout } from 'node:timers/promises';
import { columns } from './columns.js';
import { connectCommand, wholeNumber } from './connect-command.js';
import { digits, duration } from './duration.js';
import { type Piece, print, toJson } from './output.js';
import { interrupted } from './running-server.js';
import { type Sighting, WatchedService } from './watched-service.js';
import { type ConnectFlags, createClient } from './with-client.js';

const HEAD = ['STATE', 'ADDRESS', 'IN FLIGHT', 'UPTIME', 'RESTARTS', 'RESPONSE'];

const COLOURS = { up: 'green', draining: 'yellow', down: 'red' } as const;

interface TopFlags extends ConnectFlags {
  interval: number;
  count: number;
  json?: true;
}

/** `nestjs-remote top`: watches services. */
export function topCommand(): Command {
  return connectCommand('top', '<ADDRESS...>')
    .description('watch services: their state, calls in flight, uptime and restarts')
    .option('-i, --interval <ms>', 'milliseconds from one look to the next', wholeNumber(1), 1000)
    .option(
      '-c, --count <times>',
      'how often to look; 0 looks until interrupted',
      wholeNumber(0),
      0,
    )
    .option('-j, --json', 'print {"time", "services"} as JSON, a line per look')
    .addHelpText(
      'after',
      `
Examples:
  nestjs-remote top tcp://127.0.0.1:5555 tcp://127.0.0.1:5556
  nestjs-remote top tcp://127.0.0.1:5555 --json --interval 10000

A service that does not respond within --timeout is down. On a terminal the table is refreshed.`,
    )
    .action(top);
}

async function top(
  addresses: readonly string[],
  { interval, count, json, ...flags }: TopFlags,
): Promise<void> {
  const clients = addresses.map((address) => createClient(address, flags));
  const services = clients.map(
    (client, index) => new WatchedService(addresses[index] ?? '', client),
  );
  const end = new AbortController();
  void interrupted().then(() => end.abort());
  try {
    for (let looks = 1; ; looks++) {
      const sightings = await Promise.race([look(services), aborted(end.signal)]);
      if (!sightings) {
        break;
      }
      if (json) {
        print(toJson({ time: new Date().toISOString(), services: sightings.map(reportOf) }));
      } else {
        printTable(sightings, looks > 1);
      }
      if (looks === count) {
        break;
      }
      await setTimeout(interval, undefined, { signal: end.signal }).catch(() => undefined);
    }
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

function look(services: readonly WatchedService[]): Promise<Sighting[]> {
  return Promise.all(services.map((service) => service.look()));
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(undefined);
    }
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function reportOf({ status, ...sighting }: Sighting): object {
  const { draining: _draining, ...members } = status ?? {};
  return { ...sighting, ...members };
}

function printTable(sightings: readonly Sighting[], isRefreshed: boolean): void {
  if (isRefreshed && process.stdout.isTTY) {
    process.stdout.write(`\u001B[${sightings.length + 1}A\u001B[J`);
  }
  const [head = [], ...rows] = columns([HEAD, ...sightings.map(rowOf)]);
  print(['bold', head.join('')]);
  for (const [index, [state = '', ...cells]] of rows.entries()) {
    const colour = COLOURS[sightings[index]?.state ?? 'down'];
    print([colour, state] satisfies Piece, cells.join(''));
  }
}

function rowOf({ address, state, status, milliseconds, restarts }: Sighting): string[] {
  return [
    state,
    address,
    status ? String(status.inFlight) : '-',
    status ? duration(status.uptime) : '-',
    String(restarts),
    milliseconds === undefined ? '-' : `${digits(milliseconds)} ms`,
  ];
}
