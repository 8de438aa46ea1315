import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine } from '../../lib/nodes/engine.js';
import { resolveZmtpOptions } from '../../lib/nodes/zmtp/zmtp-options.js';
import { startChildService } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/few-descriptors.mjs', import.meta.url));

/** As many as loading the package takes, and some more. */
const DESCRIPTORS = 1000;

/** A service with few file descriptors, which takes orders and tells what happens. */
async function startPoorService(engine: Engine) {
  const options = JSON.stringify({ engine });
  const limited = `ulimit -n ${DESCRIPTORS} && exec "$0" "$@"`;
  const child = spawn('sh', ['-c', limited, process.execPath, FIXTURE, options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(1);
  return {
    address: lines[0] ?? '',
    lines,
    order: (order: string) => child.stdin.write(`${order}\n`),
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
  };
}

describe.each(['net', 'zeromq'] as const)('a process without file descriptors: %s', (engine) => {
  it('lives, lets nobody in, and serves the same clients when it has some again', async () => {
    const service = await startPoorService(engine);
    service.order('exhaust');
    await expect.poll(() => service.lines.at(-1)).toBe('exhausted EMFILE');
    const client = createClient({ connect: service.address, timeout: 300 });
    for (let count = 0; count < 3; count++) {
      await expect(client.call.echo(count)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
    service.order('release');
    await expect.poll(() => client.call.echo('in').catch(() => undefined)).toBe('in');
    expect(service.isAlive).toBe(true);
  });

  it('ends what it calls with UNAVAILABLE, says why, and calls when it has some again', async () => {
    const other = await startChildService();
    const service = await startPoorService(engine);
    service.order('exhaust');
    service.order(`call ${other.address} ${engine}`);
    await expect.poll(() => service.lines.find((line) => line.startsWith('failed'))).toBeDefined();
    const told = service.lines.filter((line) => /^(client error|failed) UNAVAILABLE/.test(line));
    expect(told.join('\n')).toContain('EMFILE');
    service.order('release');
    service.order(`call ${other.address} ${engine}`);
    await expect.poll(() => service.lines.at(-1)).toBe('called');
    expect(service.isAlive).toBe(true);
  });
});

describe('a process of the engine net with few file descriptors', () => {
  it('lets clients in though strangers open more connections than it has descriptors', async () => {
    const service = await startPoorService('net');
    const port = Number(new URL(service.address).port);
    for (let count = 0; count < 2 * DESCRIPTORS; count++) {
      const stranger = connect(port, '127.0.0.1').on('error', () => undefined);
      onTestFinished(() => void stranger.destroy());
      await once(stranger, 'connect');
    }
    expect(await createClient(service.address).call.echo('in')).toBe('in');
    expect(service.isAlive).toBe(true);
  });

  it('accepts as many connections as it is told to', () => {
    expect(resolveZmtpOptions('ROUTER', {}).maxConnections).toBeLessThanOrEqual(16_384);
    expect(resolveZmtpOptions('ROUTER', { maxConnections: 20_000 }).maxConnections).toBe(20_000);
  });
});
