import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('replica-process.js', import.meta.url));

/** One of several equal services, in a process of its own. */
export class Replica {
  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
  ) {}

  /** @param duration how long a call takes there, in milliseconds */
  static async start(bind = 'tcp://127.0.0.1:*', duration = 0): Promise<Replica> {
    const child = fork(FILE, [bind, String(duration)]);
    const [address] = (await once(child, 'message')) as [string];
    return new Replica(child, address);
  }

  /** Ends it as a deployment does. @returns which calls it has run */
  async terminate(): Promise<readonly unknown[]> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const [ran] = (await once(this.child, 'message')) as [unknown[]];
    await exited;
    return ran;
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }
}
