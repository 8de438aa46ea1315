// How fast calls end when their service is killed, and how fast its successor responds:
// `node recovery.js [--times 20] [--engine zeromq]`.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { RemoteCallError, RemoteClient, type RemoteClientOptions } from 'nestjs-remote';
import type { Listening } from './recovery-service.js';
import { type Ended, SteadyLoad } from './steady-load.js';

const IN_FLIGHT = 32;

/** How long a handler takes, in milliseconds. */
const WORK = 50;

/** How long calls may take to fail after a kill, and to reach the successor, in milliseconds. */
const GOAL = 50;

/** How one kill went. */
interface Recovery {
  /** Calls in flight that ended with `UNAVAILABLE`; others got their response just before. */
  lost: number;
  /** Milliseconds from the kill to the last of these. */
  ending: number;
  /** Milliseconds from when the successor listened to its first response. */
  responding: number;
}

/** A service in a process of its own. */
interface Service {
  child: ChildProcess;
  address: string;
  listeningSince: bigint;
}

Logger.overrideLogger(false);
const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '20' },
    engine: { type: 'string', default: 'zeromq' },
  },
});
const engine = values.engine as NonNullable<RemoteClientOptions['engine']>;
const times = Number(values.times);

const recoveries: Recovery[] = [];
for (let time = 1; time <= times; time++) {
  const recovery = await measure();
  recoveries.push(recovery);
  process.stdout.write(
    `${String(time).padStart(3)}. ${recovery.lost} calls were lost, the last ` +
      `${inMilliseconds(recovery.ending)} after the kill; first response ` +
      `${inMilliseconds(recovery.responding)} after the successor listened\n`,
  );
}
summarise(
  'from the kill to the last UNAVAILABLE',
  recoveries.map(({ ending }) => ending),
  GOAL,
);
summarise(
  'from listening to the first response',
  recoveries.map(({ responding }) => responding),
  GOAL + WORK,
);

async function measure(): Promise<Recovery> {
  const service = await startService('tcp://127.0.0.1:*');
  const client = new RemoteClient({ connect: service.address, engine });
  await client.connect();
  const load = new SteadyLoad(client, IN_FLIGHT);
  const children = [service.child];
  try {
    await load.nextResponse();
    // In the midst of the handlers' work, when no response is on its way.
    await setTimeout(WORK / 2);
    const killedAt = process.hrtime.bigint();
    service.child.kill('SIGKILL');
    const lost = (await load.endings()).filter(isLost);
    const response = load.nextResponse();
    const successor = await startService(service.address);
    children.push(successor.child);
    return {
      lost: lost.length,
      ending: Math.max(...lost.map(({ at }) => between(killedAt, at))),
      responding: between(successor.listeningSince, (await response).at),
    };
  } finally {
    load.stop();
    await client.close();
    children.forEach((child) => child.kill('SIGKILL'));
  }
}

async function startService(bind: string): Promise<Service> {
  const file = fileURLToPath(new URL('recovery-service.js', import.meta.url));
  const child = fork(file, [bind, String(WORK), engine]);
  const [{ address, at }] = (await once(child, 'message')) as [Listening];
  return { child, address, listeningSince: BigInt(at) };
}

/** Whether a call ended as it must when its service dies; false for one that got its response. */
function isLost({ error }: Ended): boolean {
  if (error !== undefined && !(error instanceof RemoteCallError && error.code === 'UNAVAILABLE')) {
    throw new Error('a call in flight did not end with UNAVAILABLE', { cause: error });
  }
  return error !== undefined;
}

function summarise(what: string, durations: readonly number[], goal: number): void {
  const sorted = durations.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const worst = sorted.at(-1) ?? Number.NaN;
  process.stdout.write(
    `${what}: median ${inMilliseconds(median)}, worst ${inMilliseconds(worst)}; ` +
      `goal ${goal} ms ${worst <= goal ? 'kept' : 'missed'}\n`,
  );
}

function between(from: bigint, to: bigint): number {
  return Number(to - from) / 1e6;
}

function inMilliseconds(duration: number): string {
  return `${duration.toFixed(1)} ms`;
}
