import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const fixture = fileURLToPath(new URL('../fixtures/worker-thread.mjs', import.meta.url));

/** Runs a process whose worker thread ends in this way. Rejects where the process is aborted. */
function endThreadBy(ending: string): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [fixture, ending]);
}

it.each([
  ['process.exit', ['thread: 0', 'main thread: alive']],
  ['an error', ['error: of the thread', 'thread: 1', 'main thread: alive']],
  ['close', ['thread: 0', 'main thread: alive']],
  ['close, then terminate', ['thread: 1', 'main thread: alive']],
])('a worker thread that ends by %s does not abort the process', async (ending, lines) => {
  const { stdout } = await endThreadBy(ending);
  expect(stdout.trim().split('\n')).toEqual(lines);
});

it('a worker thread warns once that it must be closed before it is terminated', async () => {
  const { stderr } = await endThreadBy('close');
  expect(stderr.match(/NESTJS_REMOTE_WORKER_THREAD/g)).toHaveLength(1);
  expect(stderr).toContain('worker.terminate()');
});
