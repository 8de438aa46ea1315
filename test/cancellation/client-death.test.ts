import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { capability } from 'zeromq';
import { RawClient } from '../extension/raw-client.js';
import { header, sequence } from '../extension/wire.js';
import { createClient } from '../support/nest.js';
import { listenWatched } from './watched-calls.js';

const CLIENT = fileURLToPath(new URL('../fixtures/watching-client.mjs', import.meta.url));

/** Starts a client that has a call under way. */
async function startClient(address: string, method: string): Promise<() => void> {
  const child = spawn(process.execPath, [CLIENT, address, method], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  onTestFinished(kill);
  await once(createInterface(child.stdout), 'line');
  return kill;
}

const NO_TIMEOUT = { bind: 'tcp://127.0.0.1:*', timeout: 0 };

// Without draft options of libzmq a server does not learn of it, and waits for its timeout.
describe.skipIf(!capability.draft)('a client that is killed', () => {
  it.each(['silent', 'ticks', 'generator'])(
    'has what it called ended, and the signal aborted: %s',
    async (method) => {
      const { calls, address } = await listenWatched(NO_TIMEOUT);
      const kill = await startClient(address, method);
      expect(calls.begun).toBe(1);
      kill();
      await expect.poll(() => calls.finalized).toBe(1);
      expect(calls.aborted).toMatchObject([{ code: 'CANCELLED' }]);
    },
  );

  it('has the signal of a pending promise aborted', async () => {
    const { calls, address } = await listenWatched(NO_TIMEOUT);
    const kill = await startClient(address, 'promise');
    kill();
    await expect.poll(() => calls.aborted).toMatchObject([{ code: 'CANCELLED' }]);
  });

  it('leaves the calls of others alone', async () => {
    const { calls, address } = await listenWatched(NO_TIMEOUT);
    const other = createClient({ connect: address, timeout: 0 });
    const values: unknown[] = [];
    other.send('ticks', 1).subscribe({ next: (value) => values.push(value), error: () => 0 });
    await expect.poll(() => values.length).toBeGreaterThan(0);
    const kill = await startClient(address, 'silent');
    kill();
    await expect.poll(() => calls.finalized).toBe(1);

    const before = values.length;
    await expect.poll(() => values.length).toBeGreaterThan(before);
    expect(calls.finalized).toBe(1);
  });
});

describe('an empty message', () => {
  it('ends what an extended sender has in flight', async () => {
    const { calls, address } = await listenWatched(NO_TIMEOUT);
    const peer = new RawClient(address);
    await peer.request(1, 'silent');
    await expect.poll(() => calls.begun).toBe(1);
    await peer.dealer.send(['']);
    await expect.poll(() => calls.finalized).toBe(1);
  });

  it('leaves the calls of a base sender alone', async () => {
    const { calls, address } = await listenWatched(NO_TIMEOUT);
    const peer = new RawClient(address);
    await peer.request(1, 'silent', [], null);
    await expect.poll(() => calls.begun).toBe(1);
    await peer.dealer.send(['']);
    await peer.call('echo', [1], null);
    expect(calls.finalized).toBe(0);
  });

  it('lets an extended sender call again', async () => {
    const { calls, address } = await listenWatched(NO_TIMEOUT);
    const peer = new RawClient(address);
    await peer.request(1, 'silent');
    await expect.poll(() => calls.begun).toBe(1);
    await peer.dealer.send(['']);
    await peer.send(sequence([0, 1, 'echo', ['again']], header()));
    const answers = await peer.inbox.untilAnswered(1);
    expect(answers.map(({ envelope }) => envelope)).toEqual([[1, 1, null, 'again']]);
  });
});
