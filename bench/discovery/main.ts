// What clients notice of many services that come and go, and of an etcd that does:
// `node discovery/main.js [--services 100] [--clients 4] [--rate 1000] [--outage 60]`.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { PacedLoad } from '../reliability/paced-load.js';
import { Fleet } from './fleet.js';

/** How many services join, leave and are killed, one after the other. */
const TIMES = 10;

/** How long calls go on after the last change, in milliseconds. */
const AFTER = 1000;

const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '100' },
    clients: { type: 'string', default: '4' },
    rate: { type: 'string', default: '1000' },
    outage: { type: 'string', default: '60' },
  },
});
const rate = Number(values.rate);
const outage = Number(values.outage) * 1000;

Logger.overrideLogger(false);
const fleet = await Fleet.open(Number(values.services), Number(values.clients));
const links = fleet.clients.map((client) => client.links.length);
print(
  `${values.services} services in processes of their own, ${values.clients} clients`,
  `${Math.min(...links)} to ${Math.max(...links)} links a client`,
);
await join();
await leave();
await kill(false);
await kill(true);
await stopEtcd();
await fleet.close();

async function join(): Promise<void> {
  const load = new PacedLoad(fleet.clients, rate);
  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    const [service] = await fleet.add(1);
    if (service) {
      await fleet.isReady(service);
      times.push(performance.now() - service.listeningAt);
    }
  }
  await load.stop();
  print(`${TIMES} join`, `linked ${ms(Math.max(...times))} at most after they listen; ${of(load)}`);
}

async function leave(): Promise<void> {
  const load = new PacedLoad(fleet.clients, rate);
  for (const service of fleet.take(TIMES)) {
    await service.terminate();
  }
  await setTimeout(AFTER);
  await load.stop();
  await fleet.isKnown();
  print(`${TIMES} leave in order`, of(load));
}

async function kill(idempotent: boolean): Promise<void> {
  const load = new PacedLoad(fleet.clients, rate, idempotent);
  for (const service of fleet.take(TIMES)) {
    await service.kill();
    await setTimeout(AFTER / TIMES);
  }
  await setTimeout(AFTER);
  await load.stop();
  await fleet.isKnown();
  const kind = idempotent ? 'idempotent' : 'not idempotent';
  print(`${TIMES} are killed, calls ${kind}`, of(load));
}

/**
 * While etcd is down services come and go, which clients cannot know. Those that leave cannot say so:
 * etcd forgets them once their time to live is over, which begins anew when it is back.
 */
async function stopEtcd(): Promise<void> {
  const load = new PacedLoad(fleet.clients, rate);
  await fleet.etcd.kill();
  await setTimeout(outage / 2);
  const added = await fleet.add(TIMES);
  for (const service of fleet.take(TIMES)) {
    await service.terminate();
  }
  await setTimeout(outage / 2);
  await fleet.etcd.restart();
  const backAt = performance.now();
  await Promise.all(added.map((service) => fleet.isReady(service)));
  const linked = performance.now() - backAt;
  await fleet.isKnown();
  const vanished = performance.now() - backAt;
  await setTimeout(AFTER);
  await load.stop();
  print(
    `etcd is down for ${outage / 1000} s, in which ${TIMES} join and ${TIMES} leave`,
    `those that joined are linked ${ms(linked)} after it is back, those that left vanish after ` +
      `${ms(vanished)}; ${of(load)}`,
  );
}

function of(load: PacedLoad): string {
  const [p50, p99] = [0.5, 0.99].map((part) => ms(load.percentile(part)));
  return `${load.calls.length} calls, ${load.failed.length} failed; p50 ${p50}, p99 ${p99}`;
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`;
}

function print(what: string, result: string): void {
  process.stdout.write(`${what}: ${result}\n`);
}
