import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** A snippet that runs in a process of its own, which ends at the latest with the test. */
export class RunningSnippet {
  private text = '';
  private readonly child;
  private readonly exit;

  constructor(command: string, args: readonly string[], folder?: string) {
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
    this.child.stdout.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.exit = new Promise<number | null>((resolve) => this.child.once('close', resolve));
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.exit;
    });
  }

  /** All that it has printed. */
  get output(): string {
    return this.text;
  }

  /** Ends it as an operator would. */
  terminate(): void {
    this.child.kill('SIGTERM');
  }

  /** The exit code, once it has ended. */
  ended(): Promise<number | null> {
    return this.exit;
  }
}
