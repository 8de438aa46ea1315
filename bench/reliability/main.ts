// What clients notice when one of three servers is restarted, killed, stopped, blocked or slow:
// `node reliability/main.js [--only restart]`.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { RemoteClient } from 'nestjs-remote';
import { PacedLoad } from './paced-load.js';
import { Replica } from './replica.js';
import { Site } from './site.js';

const RESTART_RATE = 2000;
const RATE = 3000;
const FREEZE = 10_000;
const BLOCK = 3000;
const SLOW = 200;

/** Calls that have taken longer waited for a server that did not respond, in milliseconds. */
const STUCK = 500;

const SCENARIOS: Record<string, () => Promise<void>> = {
  restart,
  kill: () => both(kill),
  freeze: () => both(freeze),
  block: () => both(block),
  slow,
};

Logger.overrideLogger(false);
const { values } = parseArgs({ options: { only: { type: 'string' } } });
for (const [name, run] of Object.entries(SCENARIOS)) {
  if (values.only === undefined || values.only === name) {
    await run();
  }
}

/** Runs a scenario with calls that are not idempotent, and with calls that are. */
async function both(scenario: (idempotent: boolean) => Promise<void>): Promise<void> {
  await scenario(false);
  await scenario(true);
}

/** Restarts each of three servers twice, one after the other. */
async function restart(): Promise<void> {
  const site = await Site.open();
  const load = new PacedLoad(site.clients, RESTART_RATE);
  await site.warmUp();
  const ran: unknown[] = [];
  for (let round = 0; round < 2; round++) {
    for (const [index, replica] of site.replicas.entries()) {
      ran.push(...(await replica.terminate()));
      site.replicas[index] = await Replica.start({ bind: replica.address });
      await site.areReady();
    }
  }
  await load.stop();
  for (const replica of site.replicas) {
    ran.push(...(await replica.terminate()));
  }
  await site.close();
  const numbers = ran.filter((name) => typeof name === 'number');
  const twice = numbers.length - new Set(numbers).size;
  print(
    `rolling restart of 3 servers twice under ${rateOf(load)} calls/s of 4 clients`,
    `${load.calls.length} calls, ${load.failed.length} failed, ${twice} ran twice; ${timesOf(load)}`,
  );
}

async function kill(idempotent: boolean): Promise<void> {
  const site = await Site.open();
  const load = new PacedLoad(site.clients, RATE, idempotent);
  await site.warmUp();
  const { inFlight } = load;
  const killedAt = performance.now();
  site.replicas[0]?.signal('SIGKILL');
  await setTimeout(2000);
  await load.stop();
  await site.close();
  const last = Math.max(0, ...load.failed.map(({ endedAt }) => endedAt - killedAt));
  print(
    `SIGKILL of one of 3 under ${rateOf(load)} calls/s, ${kindOf(idempotent)}`,
    `${inFlight} were in flight, ${load.failed.length} failed, the last ${ms(last)} after the ` +
      `kill; ${timesOf(load, killedAt)}`,
  );
}

async function freeze(idempotent: boolean): Promise<void> {
  const site = await Site.open();
  const load = new PacedLoad(site.clients, RATE, idempotent);
  await site.warmUp();
  const frozenAt = performance.now();
  site.replicas[0]?.signal('SIGSTOP');
  await setTimeout(FREEZE);
  const thawedAt = performance.now();
  site.replicas[0]?.signal('SIGCONT');
  await setTimeout(2000);
  await load.stop();
  await site.close();
  print(
    `SIGSTOP of one of 3 for ${FREEZE / 1000} s under ${rateOf(load)} calls/s, ${kindOf(idempotent)}`,
    `${load.failed.length} failed, ${movedOf(load, frozenAt, thawedAt)}; ` +
      timesOf(load, frozenAt, thawedAt),
  );
}

async function block(idempotent: boolean): Promise<void> {
  const site = await Site.open();
  const load = new PacedLoad(site.clients, RATE, idempotent);
  await site.warmUp();
  const blocking = new RemoteClient({ connect: site.replicas[0]?.address as string });
  const blockedAt = performance.now();
  await blocking.issueCall('block', [BLOCK]);
  const endedAt = performance.now();
  await setTimeout(2000);
  await load.stop();
  await blocking.close();
  await site.close();
  print(
    `blocked loop of ${BLOCK / 1000} s in one of 3 under ${rateOf(load)} calls/s, ${kindOf(idempotent)}`,
    `${load.failed.length} failed, ${movedOf(load, blockedAt, endedAt)}; ` +
      timesOf(load, blockedAt, endedAt),
  );
}

async function slow(): Promise<void> {
  const without = await fullRate(0);
  const withSlow = await fullRate(SLOW);
  print(
    `one of 3 slow by ${SLOW} ms, with 4 × 64 calls in flight`,
    `${Math.round(withSlow)} calls/s, ${Math.round(without)} without; ` +
      `${Math.round((100 * withSlow) / without)} %`,
  );
}

/** Calls a second with as many as possible. @param delay of one of the servers, in milliseconds */
async function fullRate(delay: number): Promise<number> {
  const site = await Site.open(delay);
  const load = { ended: 0, isOn: true };
  const callOn = async (client: RemoteClient): Promise<void> => {
    while (load.isOn) {
      await client.issueCall('work', [0]);
      load.ended++;
    }
  };
  const loops = site.clients.flatMap((client) => Array.from({ length: 64 }, () => callOn(client)));
  await site.warmUp();
  const [before, since] = [load.ended, performance.now()];
  await setTimeout(3000);
  const rate = ((load.ended - before) / (performance.now() - since)) * 1000;
  load.isOn = false;
  await Promise.all(loops);
  await site.close();
  return rate;
}

/** How many calls were given to a server that did not respond, and until when. */
function movedOf({ calls }: PacedLoad, from: number, to: number): string {
  const stuck = calls.filter(
    ({ madeAt, endedAt }) => madeAt < to - STUCK && endedAt > from && endedAt - madeAt > STUCK,
  );
  const last = Math.max(0, ...stuck.map(({ madeAt }) => madeAt - from));
  return `${stuck.length} were stuck there, the last one made ${ms(last)} after it began`;
}

function timesOf(load: PacedLoad, from?: number, to?: number): string {
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((part) => ms(load.percentile(part, from, to)));
  return `p50 ${p50}, p99 ${p99}, p99.9 ${p999}`;
}

function rateOf({ calls }: PacedLoad): number {
  const [first, last] = [calls[0], calls.at(-1)];
  const seconds = ((last?.madeAt ?? 0) - (first?.madeAt ?? 0)) / 1000;
  return Math.round(calls.length / seconds);
}

function kindOf(idempotent: boolean): string {
  return idempotent ? 'idempotent' : 'not idempotent';
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`;
}

function print(what: string, result: string): void {
  process.stdout.write(`${what}: ${result}\n`);
}
