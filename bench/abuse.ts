// What strangers cost good clients: `node abuse.js [--half-open 10000] [--connects 500] [--seconds 10] [--engine net]`. Ends
// with code 1 where a call of theirs fails on the engine net, or they keep less than 80 % of their rate; with code 2 where
// calls fail without strangers, for the machine is too busy to tell.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import type { RemoteServerOptions } from 'nestjs-remote';
import { type Fare, type Load, measure } from './abuse-load.js';
import type { AbuseAddress } from './abuse-service.js';
import type { StrangersReport } from './abuse-strangers.js';

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

const LOADS: Readonly<Record<string, Load>> = {
  'calls at a steady rate': { callsPerSecond: 250 },
  'calls as fast as they can': { inFlight: 16 },
};

/** Whether good clients held their own. */
type Verdict = 'held' | 'lost' | 'too busy to tell';

const MARKS: Readonly<Record<Verdict, string>> = {
  held: '✓',
  lost: '✗',
  'too busy to tell': '? the machine is too busy to tell',
};

Logger.overrideLogger(false);
const { values } = parseArgs({
  options: {
    'half-open': { type: 'string', default: '10000' },
    connects: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
    engine: { type: 'string', default: '' },
  },
});
const duration = Number(values.seconds) * 1000;

for (const [title, options] of Object.entries(SERVERS)) {
  if (options.engine?.includes(values.engine)) {
    for (const [kind, load] of Object.entries(LOADS)) {
      const verdict = await attack(`${title}, ${kind}`, options, load);
      if (options.engine === 'net' && verdict !== 'held') {
        process.exitCode = verdict === 'lost' ? 1 : 2;
      }
    }
  }
}

/** Measures good clients alone and beside strangers, and prints both. */
async function attack(title: string, options: RemoteServerOptions, load: Load): Promise<Verdict> {
  const service = start('abuse-service.js', JSON.stringify(options));
  const [{ address }] = (await once(service, 'message')) as [AbuseAddress];
  const before = await measure(address, load, duration);
  const port = new URL(address).port;
  const strangers = start('abuse-strangers.js', port, values['half-open'], values.connects);
  await once(strangers, 'message');
  const during = await measure(address, load, duration);
  strangers.send('report');
  const [{ open, opened }] = (await once(strangers, 'message')) as [StrangersReport];
  strangers.kill('SIGKILL');
  service.kill('SIGKILL');
  const kept = during.rate / before.rate;
  const verdict = verdictOf(before, during);
  process.stdout.write(
    `${title}: ${before.rate.toFixed(0)} calls/s alone, ${during.rate.toFixed(0)} beside strangers ` +
      `(${(100 * kept).toFixed(0)} %), ${during.failed} failed; p99 ${before.p99.toFixed(1)} ms, ` +
      `then ${during.p99.toFixed(1)} ms; the slowest new client ${during.arrival.toFixed(0)} ms; ` +
      `${open} of ${opened} strangers were still there ${MARKS[verdict]}\n` +
      failuresOf('alone', before) +
      failuresOf('beside strangers', during),
  );
  return verdict;
}

function verdictOf(before: Fare, during: Fare): Verdict {
  if (before.failed > 0) {
    return 'too busy to tell';
  }
  return during.rate >= FLOOR * before.rate && during.failed === 0 ? 'held' : 'lost';
}

function failuresOf(when: string, { failures }: Fare): string {
  return [...failures].map(([text, count]) => `  ${count} ${when}: ${text}\n`).join('');
}

function start(file: string, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args);
}
