// A day's worth of use in minutes: `node soak.js [--minutes 5] [--in-flight 256] [--every 5]
// [--engine zeromq]`. Ends with code 1 where memory grows after the first tenth, or a call ends otherwise than it should.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { RemoteClient, type RemoteClientOptions } from 'nestjs-remote';
import { type Memory, MemoryTrend, inMebibytes, measureMemory } from './memory.js';
import { MixedLoad } from './mixed-load.js';
import type { SoakAddress, SoakReport } from './soak-service.js';

/** How long the last handlers may take to notice that their callers are gone, in milliseconds. */
const PATIENCE = 5000;

Logger.overrideLogger(false);
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    'in-flight': { type: 'string', default: '256' },
    every: { type: 'string', default: '5' },
    engine: { type: 'string', default: 'zeromq' },
  },
});
const duration = Number(values.minutes) * 60;
const every = Number(values.every);

const engine = values.engine as NonNullable<RemoteClientOptions['engine']>;
const child = fork(fileURLToPath(new URL('soak-service.js', import.meta.url)), [engine]);
const [{ address }] = (await once(child, 'message')) as [SoakAddress];
const client = new RemoteClient({ connect: address, engine });
await client.connect();

const trends = new Map<string, MemoryTrend>();
const load = new MixedLoad(client, Number(values['in-flight']));
const startedAt = performance.now();
for (let next = every; next <= duration; next += every) {
  await setTimeout(startedAt + next * 1000 - performance.now());
  await sample();
}
const seconds = secondsSoFar();
await load.stop();
const report = await finalReport(child);
await client.close();
child.kill();
summarise();

async function sample(): Promise<void> {
  const { calls } = load;
  const now = secondsSoFar();
  const { memory } = await requestReport(child);
  const line = [
    `${now.toFixed(0).padStart(4)} s  ${inThousands(calls)} calls`,
    note('client', now, measureMemory()),
    note('service', now, memory),
  ];
  process.stdout.write(`${line.join('  ')}\n`);
}

/** Keeps a sample, and formats it. */
function note(who: string, now: number, { rss, heapUsed }: Memory): string {
  for (const [what, bytes] of Object.entries({ rss, heap: heapUsed })) {
    const name = `${who} ${what}`;
    const trend = trends.get(name) ?? new MemoryTrend();
    trends.set(name, trend);
    trend.add(now, bytes);
  }
  return `${who} ${inMebibytes(rss)} rss, ${inMebibytes(heapUsed)} heap`;
}

function summarise(): void {
  const { calls, events, unexpected, errors } = load;
  const lines = [
    `${inThousands(calls)} calls in ${seconds.toFixed(0)} s, ${inThousands(calls / seconds)}/s`,
    `${inThousands(events)} events, of which ${events - report.events} did not arrive`,
    `${report.hanging} handlers run on though their callers are gone`,
    `${unexpected} calls ended otherwise than they should`,
    ...errors,
  ];
  let isGood = events === report.events && report.hanging === 0 && unexpected === 0;
  for (const [name, trend] of trends) {
    const { slope, growth, isFlat } = trend.since(duration / 10);
    isGood &&= isFlat;
    lines.push(
      `${name}: ${isFlat ? 'flat' : 'NOT flat'}; ${inMebibytes(slope * 60)} a minute, ` +
        `${inMebibytes(growth)} in all after the first tenth`,
    );
  }
  process.stdout.write(`\n${lines.join('\n')}\n`);
  process.exitCode = isGood ? 0 : 1;
}

async function requestReport(service: ChildProcess): Promise<SoakReport> {
  service.send('report');
  const [response] = (await once(service, 'message')) as [SoakReport];
  return response;
}

/** How the service is when the last events and cancellations have reached it. */
async function finalReport(service: ChildProcess): Promise<SoakReport> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    const response = await requestReport(service);
    const isDone = response.hanging === 0 && response.events === load.events;
    if (isDone || performance.now() > until) {
      return response;
    }
  }
}

function secondsSoFar(): number {
  return (performance.now() - startedAt) / 1000;
}

function inThousands(count: number): string {
  return Math.round(count).toLocaleString('en');
}
