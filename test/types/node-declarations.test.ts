import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { root } from '../documentation/snippets.js';
import { compileConfigured, installPacked, write } from '../package/installed-package.js';

const NEWEST = 'compilers/node-26/node_modules/@types/node';

it('compiles with the newest declarations of Node, too', async () => {
  const project = await installPacked();
  onTestFinished(() => rm(project.folder, { recursive: true }));
  const types = join(project.folder, 'node_modules/@types');
  const names = await readdir(types);
  await rm(types);
  await mkdir(types);
  for (const name of names) {
    const folder = name === 'node' ? NEWEST : `node_modules/@types/${name}`;
    await symlink(join(root, folder), join(types, name));
  }
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    noEmit: true,
    types: ['node'],
    // So that the dependencies, which are links, have the same declarations of Node.
    preserveSymlinks: true,
  };
  const text = `import { RemoteClient, RemoteServer } from 'nestjs-remote';
import { createRemotePair } from 'nestjs-remote/testing';
export { RemoteClient, RemoteServer, createRemotePair };
`;
  await write(project, 'all.mts', text);
  await write(project, 'tsconfig.json', JSON.stringify({ compilerOptions, files: ['all.mts'] }));
  expect(await compileConfigured(project)).toBe('');
}, 120_000);
