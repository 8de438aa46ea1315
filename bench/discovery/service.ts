import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('service-process.js', import.meta.url));

/** One of many equal services, in a process of its own. */
export class Service {
  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
    /** When it listened, on the clock of `performance.now()`. */
    readonly listeningAt: number,
  ) {}

  /**
   * @param endpoint of etcd
   * @param name under which it registers
   */
  static async start(endpoint: string, name: string): Promise<Service> {
    const child = fork(FILE, [endpoint, name]);
    const [address] = (await once(child, 'message')) as [string];
    return new Service(child, address, performance.now());
  }

  /** Ends it as a deployment does. @returns which calls it has run */
  async terminate(): Promise<readonly unknown[]> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const [ran] = (await once(this.child, 'message')) as [unknown[]];
    await exited;
    return ran;
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
