import {
  type ChildProcessWithoutNullStreams,
  execFile,
  spawn,
  spawnSync,
} from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How a command ended, and what it wrote. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built command in a process of its own, which ends at the latest with the test. */
export class RunningCommand {
  stdout = '';
  stderr = '';
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly exit: Promise<number | null>;

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [MAIN, ...args]);
    this.child.stdin.end();
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exit = once(this.child, 'close').then(([code]) => code as number | null);
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.exit;
    });
  }

  /** Each line of the standard output so far. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Reads nothing more, as `head` does when it has seen enough. */
  stopReading(): void {
    this.child.stdout.destroy();
  }

  /** Waits until it has written a text to its standard error, and gives what the groups matched. */
  async says(text: RegExp): Promise<string[]> {
    await expect.poll(() => this.stderr, { timeout: 20_000 }).toMatch(text);
    return text.exec(this.stderr)?.slice(1) ?? [];
  }

  async ended(): Promise<Outcome> {
    const code = await this.exit;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Runs a command to its end. */
export function run(...args: string[]): Promise<Outcome> {
  return new RunningCommand(...args).ended();
}

/**
 * Runs a command to its end in a terminal, as `script` of util-linux has one, and gives what that shows.
 * Of this process's environment it gets the PATH alone: Node shows no colours where `CI` is set.
 *
 * @param environment variables beside those of a terminal
 */
export async function runInTerminal(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const line = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
  const { stdout } = await promisify(execFile)('script', ['-qec', line, '/dev/null'], {
    env: { PATH: process.env['PATH'], TERM: 'xterm', ...environment },
  });
  return stdout;
}

/** Whether there is the program that makes terminals. */
export const hasTerminal = spawnSync('script', ['--version']).status === 0;

/** Starts a command that listens at an address, and returns the address. */
export async function runListening(
  ...args: string[]
): Promise<{ command: RunningCommand; address: string }> {
  const command = new RunningCommand(...args);
  const [address = ''] = await command.says(/listening on (\S+)/);
  return { command, address };
}
