import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../documentation/snippets.js';
import { type Project, installPacked, runIn, write } from '../package/installed-package.js';

const COMPILERS = {
  '5.4': 'compilers/5.4/node_modules/typescript',
  '5.9': 'compilers/5.9/node_modules/typescript',
  '6.0': 'compilers/6.0/node_modules/typescript',
  '7.0': 'node_modules/typescript',
};

let project: Project;

beforeAll(async () => {
  project = await installPacked();
  for (const name of ['accepted.ts', 'refused.ts']) {
    await write(project, name, await readFile(join(root, 'test/types', name), 'utf8'));
  }
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    noEmit: true,
    types: ['node'],
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    // Of the dependencies: Nest's declarations are for the TypeScript of their day.
    skipLibCheck: true,
  };
  const files = ['accepted.ts', 'refused.ts'];
  await write(project, 'package.json', JSON.stringify({ type: 'module' }));
  await write(project, 'tsconfig.json', JSON.stringify({ compilerOptions, files }));
}, 120_000);

afterAll(() => rm(project.folder, { recursive: true }));

describe.each(Object.entries(COMPILERS))('TypeScript %s', (version, folder) => {
  it('is the one that this test says', async () => {
    const output = await runIn(project, process.execPath, join(root, folder, 'bin/tsc'), '-v');
    expect(output).toContain(`Version ${version}.`);
  });

  it('accepts what is right, and refuses what is wrong', async () => {
    const output = await runIn(
      project,
      process.execPath,
      join(root, folder, 'bin/tsc'),
      '-p',
      project.folder,
    ).catch((error: { stdout: string }) => error.stdout);
    expect(output).toBe('');
  }, 120_000);
});
