import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a process has used since it was started. */
export interface Usage {
  /** Microseconds of CPU. */
  readonly cpu: number;
  /** Bytes of memory, without garbage. */
  readonly memory: number;
}

/** A process of its own that answers questions, one at a time. */
export class AskedProcess<Answers extends { ready: unknown }> {
  private constructor(
    private readonly child: ChildProcess,
    /** What it said when it was ready. */
    readonly ready: Answers['ready'],
  ) {}

  /** @param file compiled, next to this one */
  static start<Answers extends { ready: unknown }>(
    file: string,
    args: readonly string[],
  ): Promise<AskedProcess<Answers>> {
    return AskedProcess.of(fork(pathOf(file), args, { execArgv: ['--expose-gc'] }));
  }

  /** Starts it as a worker of a cluster. */
  static startWorker<Answers extends { ready: unknown }>(
    file: string,
    args: readonly string[],
  ): Promise<AskedProcess<Answers>> {
    cluster.setupPrimary({ exec: pathOf(file), args: [...args], execArgv: ['--expose-gc'] });
    return AskedProcess.of(cluster.fork().process);
  }

  private static async of<Answers extends { ready: unknown }>(
    child: ChildProcess,
  ): Promise<AskedProcess<Answers>> {
    return new AskedProcess<Answers>(child, await nextMessage(child));
  }

  async ask<Question extends keyof Answers & string>(
    question: Question,
    ...parameters: unknown[]
  ): Promise<Answers[Question]> {
    const answer = nextMessage(this.child);
    this.child.send([question, ...parameters]);
    return (await answer) as Answers[Question];
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const waiting = new AbortController();
  const exit = once(child, 'exit', waiting).then(() => {
    throw new Error('a process has ended');
  });
  exit.catch(() => undefined); // It is not waited for any more.
  try {
    const [message] = await Promise.race([once(child, 'message', waiting), exit]);
    return message;
  } finally {
    waiting.abort();
  }
}
