import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../support/nest.js';
import { type ChildService, startChildService } from './processes.js';
import { ZmtpPeer } from './zmtp-peer.js';

/** Longer than any heartbeat of libzmq would have been, in milliseconds. */
const LONG = 6000;

/** More messages than libzmq reads ahead for a peer, so that the connection's input is held back. */
const MANY = 3000;

/** The process of a service, in which nothing may be aborted. */
async function pidOf({ address }: ChildService): Promise<unknown> {
  return createClient({ connect: address, timeout: 0 }).call.pid();
}

describe('the process of a server', { timeout: 60_000 }, () => {
  it('outlives a peer that fills it and resets while the event loop is blocked', async () => {
    const service = await startChildService();
    const pid = await pidOf(service);
    const peer = await ZmtpPeer.connect(service.address);
    await peer.request(1, 'block', LONG);
    await peer.request(MANY, 'echo', 1);
    peer.reset();
    expect(await pidOf(service)).toBe(pid);
  });

  it('outlives a peer that fills it and resets while all handlers are busy', async () => {
    const service = await startChildService(undefined, { concurrency: 1 });
    const pid = await pidOf(service);
    const peer = await ZmtpPeer.connect(service.address);
    await peer.request(1, 'sleep', LONG);
    await peer.request(MANY, 'echo', 1);
    peer.reset();
    expect(await pidOf(service)).toBe(pid);
  });
});

describe('the process of a client', { timeout: 60_000 }, () => {
  it('outlives its server that is killed while values pile up at its blocked event loop', async () => {
    const service = await startChildService();
    const fixture = fileURLToPath(new URL('../fixtures/blocked-client.mjs', import.meta.url));
    const child = spawn(process.execPath, [fixture, service.address, `${LONG}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    await expect.poll(() => lines).toEqual(['blocked']);

    // As many values as the other's libzmq reads ahead, and some more.
    let values = 0;
    const watching = createClient({ connect: service.address, timeout: 0 });
    watching.send('ticks', 0).subscribe({ next: () => values++, error: () => undefined });
    await expect.poll(() => values, { timeout: 30_000 }).toBeGreaterThan(1500);
    await service.kill();
    expect(await exited).toEqual([0, null]);
    expect(lines).toEqual(['blocked', 'alive']);
  });
});
