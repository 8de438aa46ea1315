import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { vacantAddress } from '../robustness/processes.js';

const INSTALL = 'no etcd in the PATH (Debian: apt-get install etcd-server)';

/** Whether an etcd can be started here. */
export const HAS_ETCD = spawnSync('etcd', ['--version']).status === 0;

/** A suite that needs etcd: skipped with a warning where there is none, and failed in CI. */
export function describeEtcd(name: string, suite: () => void): void {
  if (HAS_ETCD) {
    describe(name, suite);
  } else if (process.env['CI'] === undefined) {
    process.stderr.write(`Without etcd are not tested: ${name}: ${INSTALL}\n`);
    describe.skip(name, suite);
  } else {
    describe(name, () => {
      it('has an etcd', () => expect.fail(INSTALL));
    });
  }
}

/** An etcd of one member, with a folder of its own, which ends at the latest with the test. */
export class Etcd {
  private child!: ChildProcess;

  private constructor(
    private readonly folder: string,
    /** The place for clients, such as `127.0.0.1:10000`. */
    readonly host: string,
    private readonly peers: string,
  ) {}

  /** @param host the place for clients. Default: a vacant one */
  static async start(host?: string): Promise<Etcd> {
    const folder = await mkdtemp(join(tmpdir(), 'etcd-'));
    const etcd = new Etcd(folder, host ?? (await vacantHost()), await vacantHost());
    await etcd.restart();
    onTestFinished(async () => {
      await etcd.kill();
      await rm(folder, { recursive: true, force: true });
    });
    return etcd;
  }

  get endpoint(): string {
    return `http://${this.host}`;
  }

  /** Starts it again, with what it has stored. */
  async restart(): Promise<void> {
    const peers = `http://${this.peers}`;
    this.child = spawn(
      'etcd',
      [
        ...['--data-dir', join(this.folder, 'data')],
        ...['--listen-client-urls', this.endpoint, '--advertise-client-urls', this.endpoint],
        ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
        ...['--initial-cluster', `default=${peers}`],
        ...['--heartbeat-interval', '20', '--election-timeout', '200'],
        '--unsafe-no-fsync',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    for await (const line of createInterface(this.child.stderr as NodeJS.ReadableStream)) {
      if (/serving (insecure )?client requests|serving client traffic/.test(line)) {
        break;
      }
    }
    this.child.stderr?.resume();
  }

  /** Starts it again as if it had never stored anything. */
  async restartEmpty(): Promise<void> {
    await rm(join(this.folder, 'data'), { recursive: true, force: true });
    await this.restart();
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
  }

  /** Stops it with its connections open, then lets it go on. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  async put(key: string, value: string): Promise<void> {
    await this.ask('kv/put', { key: base64(key), value: base64(value) });
  }

  async delete(key: string): Promise<void> {
    await this.ask('kv/deleterange', { key: base64(key) });
  }

  /** All keys that there are, with their values. */
  async entries(): Promise<Readonly<Record<string, string>>> {
    const { kvs = [] } = await this.ask<{ kvs?: { key: string; value: string }[] }>('kv/range', {
      key: base64('\0'),
      range_end: base64('\0'),
    });
    return Object.fromEntries(kvs.map(({ key, value }) => [text(key), text(value)]));
  }

  /** Forgets all changes up to now. */
  async compact(): Promise<void> {
    const { header } = await this.ask<{ header: { revision: string } }>('kv/range', {
      key: base64('any'),
    });
    await this.ask('kv/compaction', { revision: header.revision, physical: true });
  }

  /** Lets in users only: `root` with all rights, and `bob` with those to a prefix; both have this password. */
  async requireUsers(password: string, prefix: string): Promise<void> {
    const next =
      prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    await this.ask('auth/role/add', { name: 'root' });
    await this.ask('auth/role/add', { name: 'services' });
    await this.ask('auth/role/grant', {
      name: 'services',
      perm: { permType: 'READWRITE', key: base64(prefix), range_end: base64(next) },
    });
    for (const [name, role] of [
      ['root', 'root'],
      ['bob', 'services'],
    ]) {
      await this.ask('auth/user/add', { name, password });
      await this.ask('auth/user/grant', { user: name, role });
    }
    await this.ask('auth/enable', {});
  }

  /** @throws {Error} what etcd answers */
  async ask<Answer = unknown>(path: string, body: object): Promise<Answer> {
    const response = await fetch(`${this.endpoint}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!response.ok) {
      throw new Error(await response.text());
    }
    return (await response.json()) as Answer;
  }
}

async function vacantHost(): Promise<string> {
  return (await vacantAddress()).slice('tcp://'.length);
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}

function text(value: string): string {
  return Buffer.from(value, 'base64').toString();
}
