// What strangers cost good clients: `node abuse.js [--half-open 10000] [--connects 500] [--seconds 10]`. Ends with code 1
// where a call of theirs fails on the engine net, or they keep less than 80 % of their rate.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { RemoteClient, type RemoteServerOptions } from 'nestjs-remote';
import type { AbuseAddress } from './abuse-service.js';
import type { StrangersReport } from './abuse-strangers.js';

const CLIENTS = 8;

/** How many calls each client makes a second: what the machine has to spare beside the strangers. */
const RATE = 250;

/** How often calls are made, in milliseconds, and a new client comes. */
const BEAT = 20;
const ARRIVAL = 250;

/** How much of an error is shown. */
const MOST_TEXT = 200;

/** Below this part of the rate before, the strangers have won. */
const FLOOR = 0.8;

/** Limits that let all strangers stay, for as long as they like. */
const OPEN_DOORS = {
  maxConnections: 32_768,
  maxConnectionsPerAddress: 32_768,
  maxHandshakes: 32_768,
  handshakeInterval: 60_000,
};

const SERVERS: Readonly<Record<string, RemoteServerOptions>> = {
  'engine net, its defaults': { engine: 'net' },
  'engine net, all strangers stay': { engine: 'net', socketOptions: OPEN_DOORS },
  'engine zeromq, its defaults': { engine: 'zeromq' },
};

Logger.overrideLogger(false);
const { values } = parseArgs({
  options: {
    'half-open': { type: 'string', default: '10000' },
    connects: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
  },
});
const duration = Number(values.seconds) * 1000;

for (const [title, options] of Object.entries(SERVERS)) {
  const service = start('abuse-service.js', JSON.stringify(options));
  const [{ address }] = (await once(service, 'message')) as [AbuseAddress];
  const before = await measure(address);
  const port = new URL(address).port;
  const strangers = start('abuse-strangers.js', port, values['half-open'], values.connects);
  await once(strangers, 'message');
  const during = await measure(address);
  strangers.send('report');
  const [{ open, opened }] = (await once(strangers, 'message')) as [StrangersReport];
  strangers.kill('SIGKILL');
  service.kill('SIGKILL');
  const kept = during.rate / before.rate;
  const isHeld = kept >= FLOOR && during.failed === 0;
  process.stdout.write(
    `${title}: ${before.rate.toFixed(0)} calls/s alone, ${during.rate.toFixed(0)} beside strangers ` +
      `(${(100 * kept).toFixed(0)} %), ${during.failed} failed; p99 ${before.p99.toFixed(1)} ms, ` +
      `then ${during.p99.toFixed(1)} ms; the slowest new client ${during.arrival.toFixed(0)} ms; ` +
      `${open} of ${opened} strangers were still there ${isHeld ? '✓' : '✗'}\n`,
  );
  for (const failure of during.failures) {
    process.stdout.write(`  ${failure}\n`);
  }
  if (options.engine === 'net' && !isHeld) {
    process.exitCode = 1;
  }
}

/** How good clients fare. */
interface Fare {
  /** Calls a second that got their responses. */
  rate: number;
  failed: number;
  /** What the errors say. */
  failures: ReadonlySet<string>;
  /** Milliseconds of calls. */
  p99: number;
  /** Milliseconds in which the slowest new client got its first response. */
  arrival: number;
}

/** Makes calls at a steady rate, while new clients come. */
async function measure(address: string): Promise<Fare> {
  const clients = Array.from({ length: CLIENTS }, () => clientOf(address));
  await Promise.all(clients.map((client) => client.connect()));
  const times: number[] = [];
  const arrivals: number[] = [];
  const calls: Promise<void>[] = [];
  const failures = new Set<string>();
  let failed = 0;
  const timed = async (client: RemoteClient, into: number[]): Promise<void> => {
    const startedAt = performance.now();
    try {
      await client.call['add'](1, 2);
      into.push(performance.now() - startedAt);
    } catch (error) {
      failed++;
      failures.add(String(error).slice(0, MOST_TEXT));
    }
  };
  const startedAt = performance.now();
  let made = 0;
  let come = 0;
  for (let now = 0; now < duration; now = performance.now() - startedAt) {
    for (; made < (now * RATE) / 1000; made++) {
      calls.push(...clients.map((client) => timed(client, times)));
    }
    if (come <= now / ARRIVAL) {
      come++;
      const arriving = clientOf(address);
      calls.push(timed(arriving, arrivals).then(() => arriving.close()));
    }
    await setTimeout(BEAT);
  }
  await Promise.all(calls);
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(clients.map((client) => client.close()));
  const sorted = times.toSorted((one, other) => one - other);
  return {
    rate: times.length / seconds,
    failed,
    failures,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    arrival: Math.max(...arrivals),
  };
}

function clientOf(address: string): RemoteClient {
  return new RemoteClient({ connect: address, engine: 'net' });
}

function start(file: string, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args);
}
