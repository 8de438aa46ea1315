import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const FIXTURE = fileURLToPath(new URL('../fixtures/loaded-code.mjs', import.meta.url));

interface Loaded {
  sum: number;
  native: string[];
  packages: string[];
}

/** What a process of the built package has loaded after a call. */
async function loadedBy(program: string): Promise<Loaded> {
  const { stdout } = await promisify(execFile)(process.execPath, [FIXTURE, program]);
  return JSON.parse(stdout) as Loaded;
}

it.each([
  ['a pair in memory', 'testing'],
  ['the engine net', 'net'],
])('%s loads neither zeromq nor any native code', async (_, program) => {
  const { sum, native, packages } = await loadedBy(program);
  expect({ sum, native }).toEqual({ sum: 3, native: [] });
  expect(packages).not.toContain('zeromq');
});

it('a socket of the engine zeromq loads it', async () => {
  const { sum, native, packages } = await loadedBy('zeromq');
  expect(sum).toBe(3);
  expect(native).toContainEqual(expect.stringContaining('zeromq'));
  expect(packages).toContain('zeromq');
});
