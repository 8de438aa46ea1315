// Servers in one process: `node servers-process.js <engine> <count>`, each at a port of its own; with the
// engine `net` in a cluster, at a port that all its processes share.
import { Logger } from '@nestjs/common';
import { RemoteServer, type RemoteServerOptions } from 'nestjs-remote';
import { answer, usage } from './answering.js';
import type { Usage } from './asked-process.js';

/** What such a process answers. */
export interface ServersAnswers {
  /** The addresses. */
  ready: string[];
  usage: Usage;
}

/** The bounds of how much a core does in a call of `work`. */
const ROUNDS = 100_000;

Logger.overrideLogger(false);

const [, , engine, count] = process.argv;
const servers = Array.from(
  { length: Number(count) },
  () =>
    new RemoteServer({
      bind: 'tcp://127.0.0.1:*',
      engine: engine as NonNullable<RemoteServerOptions['engine']>,
    }),
);
for (const server of servers) {
  server.addHandler('echo', (value: unknown) => Promise.resolve(value));
  server.addHandler('work', () => Promise.resolve(work()));
  await new Promise<void>((resolve, reject) => {
    server.listen((error) => (error instanceof Error ? reject(error) : resolve()));
  });
}
answer(
  servers.flatMap(({ addresses }) => addresses),
  { usage },
);

/** Keeps a core busy. */
function work(): number {
  let sum = 0;
  for (let round = 0; round < ROUNDS; round++) {
    sum = (sum * 31 + round) % 1_000_003;
  }
  return sum;
}
