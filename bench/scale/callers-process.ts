// Clients in one process: `node callers-process.js <engine> <count> <address> …`, each of all addresses.
import { RemoteClient, type RemoteClientOptions } from 'nestjs-remote';
import { answer, usage } from './answering.js';
import type { Usage } from './asked-process.js';

/** How calls have gone. */
export interface Calls {
  readonly ended: number;
  readonly failed: number;
  /** Of the measurement, in milliseconds. */
  readonly elapsed: number;
}

/** What such a process answers. */
export interface CallersAnswers {
  ready: null;
  /** Connects all clients. @returns milliseconds until all links were up */
  connect: number;
  /** Keeps calls in flight: the method, how many of each client, milliseconds. */
  call: Calls;
  usage: Usage;
}

const [, , engine, count, ...connect] = process.argv;
let clients: RemoteClient[] = [];

answer(null, { connect: open, call, usage });

async function open(): Promise<number> {
  const startedAt = performance.now();
  clients = Array.from(
    { length: Number(count) },
    () =>
      new RemoteClient({
        connect,
        engine: engine as NonNullable<RemoteClientOptions['engine']>,
        timeout: 30_000,
      }),
  );
  await Promise.all(clients.map((client) => client.connect()));
  const isReady = (client: RemoteClient): boolean =>
    client.links.every(({ state }) => state === 'ready');
  while (!clients.every(isReady)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return performance.now() - startedAt;
}

async function call(method: string, inFlight: number, duration: number): Promise<Calls> {
  let [ended, failed] = [0, 0];
  const startedAt = performance.now();
  const endsAt = startedAt + duration;
  const callOn = async (client: RemoteClient): Promise<void> => {
    while (performance.now() < endsAt) {
      await client.issueCall(method, [1]).then(
        () => ended++,
        () => failed++,
      );
    }
  };
  await Promise.all(
    clients.flatMap((client) => Array.from({ length: inFlight }, () => callOn(client))),
  );
  return { ended, failed, elapsed: performance.now() - startedAt };
}
