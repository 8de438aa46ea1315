import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EtcdOptions, RemoteServerOptions } from 'nestjs-remote';

const FILE = fileURLToPath(new URL('replica-process.js', import.meta.url));

/** What a replica is like. */
export interface ReplicaOptions {
  /** Default a port of its own. */
  readonly bind?: string;
  /** How long a call takes there, in milliseconds. Default 0. */
  readonly duration?: number;
  /** Default `'zeromq'`. */
  readonly engine?: NonNullable<RemoteServerOptions['engine']>;
  /** Where it registers. Default nowhere. */
  readonly register?: EtcdOptions;
}

/** One of several equal services, in a process of its own. */
export class Replica {
  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
    /** When it listened, on the clock of `performance.now()`. */
    readonly listeningAt: number,
  ) {}

  static async start(options: ReplicaOptions = {}): Promise<Replica> {
    const child = fork(FILE, [JSON.stringify(options)]);
    const [address] = (await once(child, 'message')) as [string];
    return new Replica(child, address, performance.now());
  }

  /** Ends it as a deployment does. @returns which calls it has run */
  async terminate(): Promise<readonly unknown[]> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const [ran] = (await once(this.child, 'message')) as [unknown[]];
    await exited;
    return ran;
  }

  /** Ends it without a word, and resolves when it has. */
  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }
}
