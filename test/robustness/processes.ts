import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EtcdOptions, RemoteServerOptions } from 'nestjs-remote';
import { onTestFinished } from 'vitest';

/** The processes that run tests at the same time each begin elsewhere. */
let nextPort = 10_000 + (process.pid % 200) * 100;

/** A service in a process of its own. */
export interface ChildService {
  address: string;
  /** Ends it as a crash would: without a word. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Stops it as a debugger would, with its connections open; then lets it go on. */
  freeze(): void;
  thaw(): void;
}

/** Starts a service of `test/fixtures`, which is killed at the latest when the test has finished. */
export async function startChildService(
  bind = 'tcp://127.0.0.1:*',
  options: RemoteServerOptions | EtcdOptions | { transport: string } = {},
  name = 'service.mjs',
): Promise<ChildService> {
  const child = spawn(process.execPath, [fixture(name), bind, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = (): Promise<void> => killProcess(child);
  onTestFinished(kill);
  const [address] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    address,
    kill,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

/** Runs a fixture to its end, and returns how it ended and what it wrote. */
export async function runFixture(
  name: string,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [fixture(name), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => killProcess(child));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/**
 * An address at which nobody listens.
 *
 * Its port is below those that the system hands out. Otherwise another test's socket might get it
 * meanwhile, or a socket that connects to it might have it at its own end, and so find itself.
 */
export async function vacantAddress(protocol: 'tcp' | 'udp' = 'tcp'): Promise<string> {
  const port = nextPort++;
  const socket =
    protocol === 'tcp'
      ? createServer().listen(port, '127.0.0.1')
      : createSocket('udp4').bind(port, '127.0.0.1');
  try {
    await once(socket, 'listening');
  } catch {
    return vacantAddress(protocol);
  }
  socket.close();
  await once(socket, 'close');
  return `${protocol}://127.0.0.1:${port}`;
}

/** An ipc address in a folder of its own, which is removed when the test has finished. */
export async function ipcAddress(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-remote-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return `ipc://${join(folder, 'service')}`;
}

async function killProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}
