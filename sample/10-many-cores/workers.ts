import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

cluster.setupPrimary({ exec: fileURLToPath(new URL('worker.js', import.meta.url)) });

const ANYWHERE = 'tcp://127.0.0.1:*';

/** A worker, and where it listens. */
interface RunningWorker {
  worker: Worker;
  address: string;
}

/** The workers of a service. */
export class Workers {
  private readonly running: RunningWorker[] = [];

  private constructor(private readonly engine: 'net' | 'zeromq') {}

  /** Workers that share one port, which Node opens in the primary process. */
  static onOnePort(count: number): Promise<Workers> {
    return Workers.start(count, 'net');
  }

  /** Workers that have a port each. */
  static onTheirPorts(count: number): Promise<Workers> {
    return Workers.start(count, 'zeromq');
  }

  private static async start(count: number, engine: 'net' | 'zeromq'): Promise<Workers> {
    const workers = new Workers(engine);
    await Promise.all(Array.from({ length: count }, () => workers.add(ANYWHERE)));
    return workers;
  }

  /** All different ones. */
  get addresses(): string[] {
    return [...new Set(this.running.map(({ address }) => address))];
  }

  /** Puts a new process in the place of each worker, one after the other. */
  async restart(): Promise<void> {
    for (const one of [...this.running]) {
      await this.end(one);
      // Node shares a port among the workers that ask for it in the same words.
      await this.add(this.engine === 'net' ? ANYWHERE : one.address);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.running].map((one) => this.end(one)));
  }

  private async add(bind: string): Promise<RunningWorker> {
    const worker = cluster.fork({ BIND: bind, ENGINE: this.engine });
    const failed = once(worker, 'exit').then(() => {
      throw new Error('a worker has ended before it listened');
    });
    const [address] = (await Promise.race([once(worker, 'message'), failed])) as [string];
    failed.catch(() => undefined); // It ends later.
    const one = { worker, address };
    this.running.push(one);
    return one;
  }

  private async end(one: RunningWorker): Promise<void> {
    this.running.splice(this.running.indexOf(one), 1);
    const exited = once(one.worker, 'exit');
    one.worker.process.kill('SIGTERM');
    await exited;
  }
}
