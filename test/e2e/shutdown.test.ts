import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../support/nest.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/draining-service.mjs', import.meta.url));

/** Runs the fixture, calls its handler, sends SIGTERM, does something else, and waits for both ends. */
async function shutDown(
  kind: string,
  ending: string,
  meanwhile: () => void = () => undefined,
): Promise<unknown> {
  const child = spawn(process.execPath, [FIXTURE, kind, ending], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const address = await lines.next();
  const call = createClient(String(address.value)).issueCall('slow', [], { timeout: 0 });
  await lines.next();
  child.kill('SIGTERM');
  meanwhile();
  const answer = await call;
  const [code, signal] = (await exited) as unknown[];
  return { answer, code, signal };
}

describe.each(['standalone', 'hybrid'])('a %s app that gets SIGTERM', (kind) => {
  test("with Nest's shutdown hooks delivers the running response and ends by the signal", async () => {
    expect(await shutDown(kind, 'hooks')).toEqual({
      answer: 'answered while shutting down',
      code: null,
      signal: 'SIGTERM',
    });
  });

  test('that closes the server, then the app, delivers the response and exits with 0', async () => {
    expect(await shutDown(kind, 'drain')).toEqual({
      answer: 'answered while shutting down',
      code: 0,
      signal: null,
    });
  });

  test('delivers the response to a client whose event loop is blocked longer than it takes', async () => {
    const block = (): void => {
      for (const end = performance.now() + 600; performance.now() < end;);
    };
    expect(await shutDown(kind, 'drain', block)).toMatchObject({
      answer: 'answered while shutting down',
    });
  });
});
