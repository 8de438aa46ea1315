import { RemoteClient } from 'nestjs-remote';
import { expect, it, onTestFinished } from 'vitest';
import { startRouter } from './peers.js';
import { startServices } from './processes.js';

const SERVICES = 100;
const CLIENTS = 100;
const CALLS_PER_CLIENT = 1000;
/** How many calls of one client are in flight at once. */
const AT_ONCE = 10;

it('100 clients make 100,000 calls to 100 services through one router, each with its response', async () => {
  const { router, frontend, backend } = await startRouter({ logger: false });
  await startServices(backend, SERVICES);
  const clients = Array.from({ length: CLIENTS }, () => {
    const client = new RemoteClient({ connect: frontend, timeout: 60_000 });
    onTestFinished(() => client.close());
    return client;
  });
  await Promise.all(
    Array.from({ length: SERVICES }, (_, service) => reachable(clients[0], `svc${service}`)),
  );
  const before = router.counts.forwarded;

  const started = performance.now();
  const wrong = await Promise.all(clients.map((client, number) => callAll(client, number)));
  const seconds = (performance.now() - started) / 1000;
  console.log(`${Math.round((CLIENTS * CALLS_PER_CLIENT) / seconds)} calls/s through one router`);

  expect(wrong.flat()).toEqual([]);
  // One that was delivered a moment ago may not be counted yet.
  await expect
    .poll(() => router.counts.forwarded)
    .toEqual({ frontend: before.frontend + 100_000, backend: before.backend + 100_000 });
  for (const client of clients) {
    expect(client.dropCounts).toEqual(new Map());
  }
}, 120_000);

/** Calls every service in turn, and returns which answers were not its own. */
async function callAll(client: RemoteClient, number: number): Promise<unknown[]> {
  const wrong: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < CALLS_PER_CLIENT) {
      const call = next++;
      const address = `svc${(number + call) % SERVICES}`;
      const question = `${number}/${call}`;
      const answer: unknown = await client.issueCall('tag', [question], { address });
      if (answer !== `${address} answers ${question}`) {
        wrong.push(answer);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return wrong;
}

/** Waits until a service can be called. */
async function reachable(client: RemoteClient | undefined, address: string): Promise<void> {
  await expect
    .poll(() => client?.issueCall('pid', [], { address }).catch(() => undefined), {
      timeout: 30_000,
    })
    .toEqual(expect.any(Number));
}
