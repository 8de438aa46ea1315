import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A process of a test. */
export interface Running {
  /** Ends it as a crash would: without a word. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a router at these addresses in a process of its own. */
export function startRouterProcess(frontend: string, backend: string): Promise<Running> {
  return start('router.mjs', frontend, backend);
}

/** Starts services whose identities are `svc` and a number from `first` on, in one process. */
export function startServices(router: string, count: number, first = 0): Promise<Running> {
  return start('routed-services.mjs', router, String(count), String(first));
}

async function start(fixture: string, ...args: string[]): Promise<Running> {
  const path = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const ready = once(createInterface(child.stdout), 'line');
  await Promise.race([
    ready,
    exited.then(() => {
      throw new Error(`${fixture} ended before it was ready`);
    }),
  ]);
  return { kill };
}
