import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Question } from './messages.js';

/** A process of its own that answers questions. */
export class MeasuredProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly title: string,
    /** Where it is reached, if it is a server. */
    readonly address: string,
  ) {}

  /** @param file compiled, next to this one */
  static async start(file: string, ...args: string[]): Promise<MeasuredProcess> {
    const title = [file, ...args].join(' ');
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), args);
    const ready = await nextAnswer(child, title, 'ready');
    return new MeasuredProcess(child, title, ready.address);
  }

  /** @throws {Error} if the process failed to do it, or has ended */
  async ask<Kind extends Question['kind']>(
    question: Question & { kind: Kind },
  ): Promise<Answer & { kind: Kind }> {
    const answer = nextAnswer(this.child, this.title, question.kind);
    this.child.send(question);
    return answer;
  }

  /** Ends it at once, whatever it does. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
  }
}

async function nextAnswer<Kind extends Answer['kind']>(
  child: ChildProcess,
  title: string,
  kind: Kind,
): Promise<Answer & { kind: Kind }> {
  const ended = new AbortController();
  const exit = once(child, 'exit', ended).then(
    () => ({ kind: 'failed', reason: 'it ended' }) as const,
    () => ({ kind: 'failed', reason: 'it was not waited for' }) as const,
  );
  const message = once(child, 'message', ended).then(([answer]) => answer as Answer);
  const answer = await Promise.race([message, exit]);
  ended.abort();
  message.catch(() => undefined);
  if (answer.kind === 'failed') {
    throw new Error(`${title}: ${answer.reason}`);
  }
  if (answer.kind !== kind) {
    throw new Error(`${title}: '${answer.kind}' is no response to '${kind}'`);
  }
  return answer as Answer & { kind: Kind };
}
