import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteCallError } from 'nestjs-remote';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../support/nest.js';
import { startChildService } from './processes.js';

/** Milliseconds that each call takes. */
const WORK = 20;

/** Sends three calls in the time that one takes, again and again. */
async function overload(address: string, method: string) {
  const client = createClient({ connect: address, timeout: 3000 });
  const lost: string[] = [];
  client.on('disconnect', (_, reason) => void lost.push(reason));
  await client.connect();
  const calls: Promise<string>[] = [];
  for (let count = 0; count < 250; count++) {
    for (let call = 0; call < 3; call++) {
      calls.push(client.issueCall(method, [WORK]).then(() => 'ok', codeOf));
    }
    await sleep(WORK);
  }
  const results = await Promise.all(calls);
  let begun = 0;
  await expect
    .poll(() => client.issueCall<number>('begun').then((count) => (begun = count), codeOf))
    .toBeGreaterThan(0);
  const count = (wanted: string): number => results.filter((result) => result === wanted).length;
  return { lost, begun, useful: count('ok'), refused: count('RESOURCE_EXHAUSTED') };
}

function codeOf(error: unknown): string {
  return error instanceof RemoteCallError ? error.code : String(error);
}

describe('a server with three times the load that it can take', () => {
  test.each([
    ['with concurrency', 'wait', 1],
    ['with concurrency, and handlers that compute', 'compute', 2],
    ['without concurrency, and handlers that compute', 'compute', 0],
  ])(
    '%s: refuses what it cannot do, and what it does is useful',
    async (_, method, concurrency) => {
      const { address } = await startChildService(undefined, { concurrency }, 'busy-service.mjs');
      const { lost, begun, useful, refused } = await overload(address, method);
      expect(lost).toEqual([]);
      expect(useful).toBeGreaterThanOrEqual(begun * 0.9);
      expect(refused).toBeGreaterThan(0);
    },
    60_000,
  );
});

describe('a server whose handlers compute for long', () => {
  const LONG = 600;

  test('sends a response before it begins the next call', async () => {
    const { address } = await startChildService(undefined, { concurrency: 1 }, 'busy-service.mjs');
    const client = createClient({ connect: address, timeout: 0 });
    await client.issueCall('begun'); // From now on calls of one tick arrive together.
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-remote-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'answered');
    const [first, second] = [
      client.issueCall('compute', [0]),
      client.issueCall('block until', [file]),
    ];
    await first;
    await writeFile(file, '');
    await expect(second).resolves.toBeUndefined();
  });

  test('refuses nothing of a client that waits for its responses', async () => {
    const { address } = await startChildService(undefined, {}, 'busy-service.mjs');
    const client = createClient({ connect: address, timeout: 0 });
    for (let round = 0; round < 4; round++) {
      const calls = [1, 2].map(() => client.issueCall('compute', [LONG]));
      await expect(Promise.all(calls)).resolves.toBeDefined();
    }
  });

  test('does what it can do in time of calls that came together from many clients', async () => {
    const options = { maxLoopDelay: 60_000 };
    const { address } = await startChildService(undefined, options, 'busy-service.mjs');
    const clients = Array.from({ length: 10 }, () =>
      createClient({ connect: address, timeout: 25 * LONG }),
    );
    await Promise.all(clients.map((client) => client.issueCall('begun')));
    const calls = clients.map((client) => client.issueCall('compute', [LONG]));
    await expect(Promise.all(calls)).resolves.toBeDefined();
  });

  test('refuses what it cannot do of calls that came together', async () => {
    const { address } = await startChildService(undefined, {}, 'busy-service.mjs');
    const client = createClient({ connect: address, timeout: 15_000 });
    await client.connect();
    const calls = Array.from({ length: 30 }, () => client.issueCall('compute', [LONG]));
    const codes = await Promise.all(calls.map((call) => call.then(() => 'ok', codeOf)));
    expect(codes).toContain('ok');
    expect(codes).toContain('RESOURCE_EXHAUSTED');
    expect(codes).not.toContain('DEADLINE_EXCEEDED');
  });
});
