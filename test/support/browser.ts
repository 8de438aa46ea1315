import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const found = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (command) => spawnSync(command, ['--version']).status === 0,
);

/** Whether pages can be opened here. */
export const HAS_BROWSER = found !== undefined;

/** What to say where none can. */
export const NO_BROWSER =
  'no chromium or google-chrome in the PATH (Debian: apt-get install chromium)';

const OPTIONS = [
  '--headless',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  // Root in a container has neither a sandbox nor much of /dev/shm.
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--window-size=1320,860',
];

/** An answer or an event of the Chrome DevTools Protocol. */
interface Message {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** A page in a Chromium without a window, which is driven by the Chrome DevTools Protocol. */
export class Browser {
  private readonly answers = new Map<number, PromiseWithResolvers>();
  private calls = 0;
  private session: string | undefined;

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    let text = '';
    const output = process.stdio[4] as Readable;
    output.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (text + chunk).split('\0');
      text = messages.pop() ?? '';
      messages.forEach((message) => this.receive(JSON.parse(message) as Message));
    });
    process.once('exit', () => this.fail(new Error('the browser has ended')));
  }

  /** @throws {Error} if there is no browser, or the page cannot be reached */
  static async open(url: string): Promise<Browser> {
    if (found === undefined) {
      throw new Error(NO_BROWSER);
    }
    const profile = await mkdtemp(join(tmpdir(), 'browser-'));
    const process = spawn(found, [...OPTIONS, `--user-data-dir=${profile}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const browser = new Browser(process, profile);
    const { targetId } = await browser.send<{ targetId: string }>('Target.createTarget', { url });
    const target = { targetId, flatten: true };
    const { sessionId } = await browser.send<{ sessionId: string }>(
      'Target.attachToTarget',
      target,
    );
    browser.session = sessionId;
    return browser;
  }

  /** The value of an expression in the page. It may be a promise, and must be JSON. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await this.send<{
      result: { value: Value };
      exceptionDetails?: { exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? `${expression} has thrown`);
    }
    return result.value;
  }

  /** Calls a method of the protocol, on the page once it is open. */
  send<Result = unknown>(method: string, params: object = {}): Promise<Result> {
    const id = ++this.calls;
    const answer = new PromiseWithResolvers();
    this.answers.set(id, answer);
    const message = { id, method, params, sessionId: this.session };
    (this.process.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return answer.promise as Promise<Result>;
  }

  async close(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill();
      await ended;
    }
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private receive({ id, result, error }: Message): void {
    const answer = id === undefined ? undefined : this.answers.get(id);
    if (id === undefined || answer === undefined) {
      return;
    }
    this.answers.delete(id);
    if (error) {
      answer.reject(new Error(error.message));
    } else {
      answer.resolve(result);
    }
  }

  private fail(error: Error): void {
    this.answers.forEach((answer) => answer.reject(error));
    this.answers.clear();
  }
}

class PromiseWithResolvers {
  resolve!: (value: unknown) => void;
  reject!: (error: Error) => void;
  readonly promise = new Promise<unknown>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
