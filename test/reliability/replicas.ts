import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RemoteClient, RemoteClientOptions } from 'nestjs-remote';
import { expect, onTestFinished } from 'vitest';
import { createClient } from '../support/nest.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/replica.mjs', import.meta.url));

/** One of several equal services, in a process of its own. */
export class Replica {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    readonly address: string,
  ) {}

  /** Starts one, which is killed at the latest when the test has finished. */
  static async start(bind = 'tcp://127.0.0.1:*', options: object = {}): Promise<Replica> {
    const child = spawn(process.execPath, [FIXTURE, bind, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const { value } = (await lines.next()) as { value: string };
    return new Replica(child, lines, value);
  }

  static startThree(): Promise<Replica[]> {
    return Promise.all([Replica.start(), Replica.start(), Replica.start()]);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Ends it as a deployment does. @returns the names of the calls of `work` that it has run */
  async terminate(): Promise<unknown[]> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const { value } = (await this.lines.next()) as { value: string };
    await exited;
    return JSON.parse(value) as unknown[];
  }

  /** Ends it as a crash does. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Stops it as a debugger does, with its connections open. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** A client of this one alone. */
  client(): RemoteClient {
    return createClient(this.address);
  }
}

/** A client that is connected to all of these, each of which has responded to it. */
export async function connectTo(
  replicas: readonly Replica[],
  options: Omit<RemoteClientOptions, 'connect'> = {},
): Promise<RemoteClient> {
  const client = createClient({ connect: replicas.map(({ address }) => address), ...options });
  await client.connect();
  await areReady(client);
  const pids = new Set<unknown>();
  await expect
    .poll(async () => {
      const calls = replicas.map(() => client.call.work('first'));
      (await Promise.all(calls)).forEach((pid) => pids.add(pid));
      return pids;
    })
    .toEqual(new Set(replicas.map(({ pid }) => pid)));
  return client;
}

/** Resolves when a client trusts all its servers. */
export function areReady(client: RemoteClient): Promise<void> {
  return expect
    .poll(() => client.links.map(({ state }) => state))
    .toEqual(client.links.map(() => 'ready'));
}

/** Resolves when the link of a client to a replica has a state. */
export function hasState(
  client: RemoteClient,
  { address }: Replica,
  state: RemoteClient['links'][number]['state'],
): Promise<void> {
  return expect
    .poll(() => client.links.find((link) => link.address === address)?.state)
    .toBe(state);
}
