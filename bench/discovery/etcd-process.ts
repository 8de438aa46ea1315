import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** An etcd of one member, with a folder of its own. */
export class EtcdProcess {
  private readonly folder = mkdtempSync(join(tmpdir(), 'etcd-'));
  private child: ChildProcess | undefined;

  private constructor(
    /** The place for clients, such as `127.0.0.1:10000`. */
    readonly host: string,
    private readonly peers: string,
  ) {}

  static async start(): Promise<EtcdProcess> {
    const etcd = new EtcdProcess(await vacantHost(), await vacantHost());
    await etcd.restart();
    return etcd;
  }

  get endpoint(): string {
    return `http://${this.host}`;
  }

  /** Starts it, with what it has stored. */
  async restart(): Promise<void> {
    const { endpoint } = this;
    const peers = `http://${this.peers}`;
    this.child = spawn(
      'etcd',
      [
        ...['--data-dir', join(this.folder, 'data')],
        ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
        ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
        ...['--initial-cluster', `default=${peers}`],
      ],
      { stdio: 'ignore' },
    );
    while (!(await this.isHealthy())) {
      await setTimeout(20);
    }
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async isHealthy(): Promise<boolean> {
    try {
      const response = await fetch(`${this.endpoint}/health`);
      return ((await response.json()) as { health: string }).health === 'true';
    } catch {
      return false;
    }
  }
}

async function vacantHost(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}
