import { RemoteClient } from 'nestjs-remote';
import { check, finish, write } from '../support/report.js';
import type { PrimesController } from './primes.controller.js';
import { SteadyCalls } from './steady-calls.js';
import { Workers } from './workers.js';

type Client = RemoteClient<PrimesController>;

const WORKERS = 2;
const CLIENTS = 8;
const LIMIT = 5000;

/** The primes below it. */
const PRIMES = 669;

write('Workers that share a port: each client has one of them');
const shared = await Workers.onOnePort(WORKERS);
await use(shared, 1);

write('\nWorkers that have a port each: each client has them all');
const separate = await Workers.onTheirPorts(WORKERS);
await use(separate, WORKERS);

await shared.close();
await separate.close();
finish();

/**
 * Calls workers by several clients, also while each worker is restarted.
 *
 * @param workersOfEach how many workers a client reaches
 */
async function use(workers: Workers, workersOfEach: number): Promise<void> {
  const connect = workers.addresses;
  write(`They listen on ${connect.join(' and ')}`);
  const clients = Array.from(
    { length: CLIENTS },
    (): Client => new RemoteClient<PrimesController>({ connect }),
  );
  await Promise.all(clients.map(isConnected));

  const before = await Promise.all(clients.map(pidsOf));
  const perClient = new Set(before.map(({ size }) => size));
  check('workers of each client', [...perClient], [workersOfEach]);
  const pids = new Set(before.flatMap((some) => [...some]));
  check('workers of all clients together', pids.size, WORKERS);

  const calls = new SteadyCalls(clients.map((client) => () => client.call.primesBelow(LIMIT)));
  await workers.restart();
  check('failed calls while each worker was restarted', await calls.stop(), 0);
  const after = await Promise.all(clients.map(pidsOf));
  const old = after.flatMap((some) => [...some]).filter((pid) => pids.has(pid));
  check('workers from before', old.length, 0);
  await Promise.all(clients.map((client) => client.close()));
}

/** Resolves when a client is connected to all addresses that it has. */
async function isConnected(client: Client): Promise<void> {
  await client.connect();
  while (!client.links.every(({ state }) => state === 'ready')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Makes some calls at once. @returns the processes that have responded */
async function pidsOf(client: Client): Promise<Set<number>> {
  const calls = Array.from({ length: 8 }, () => client.call.primesBelow(LIMIT));
  const results = await Promise.all(calls);
  if (results.some(({ count }) => count !== PRIMES)) {
    throw new Error(`there are ${PRIMES} primes below ${LIMIT}`);
  }
  return new Set(results.map(({ pid }) => pid));
}
