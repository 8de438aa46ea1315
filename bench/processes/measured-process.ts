import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProcessRequest, ProcessResponse } from './messages.js';

/** A process of its own that responds to requests. */
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
    const ready = await nextResponse(child, title, 'ready');
    return new MeasuredProcess(child, title, ready.address);
  }

  /** @throws {Error} if the process failed to do it, or has ended */
  async request<Kind extends ProcessRequest['kind']>(
    request: ProcessRequest & { kind: Kind },
  ): Promise<ProcessResponse & { kind: Kind }> {
    const response = nextResponse(this.child, this.title, request.kind);
    this.child.send(request);
    return response;
  }

  /** Ends it at once, whatever it does. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
  }
}

async function nextResponse<Kind extends ProcessResponse['kind']>(
  child: ChildProcess,
  title: string,
  kind: Kind,
): Promise<ProcessResponse & { kind: Kind }> {
  const ended = new AbortController();
  const exit = once(child, 'exit', ended).then(
    () => ({ kind: 'failed', reason: 'it ended' }) as const,
    () => ({ kind: 'failed', reason: 'it was not waited for' }) as const,
  );
  const message = once(child, 'message', ended).then(([response]) => response as ProcessResponse);
  const response = await Promise.race([message, exit]);
  ended.abort();
  message.catch(() => undefined);
  if (response.kind === 'failed') {
    throw new Error(`${title}: ${response.reason}`);
  }
  if (response.kind !== kind) {
    throw new Error(`${title}: '${response.kind}' is no response to '${kind}'`);
  }
  return response as ProcessResponse & { kind: Kind };
}
