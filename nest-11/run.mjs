// Runs tests with NestJS 11, after `npm run build`: npm run test:nest-11 -- [files or folders of test/]
//
// They run in a copy of this repository that stands in nest-11/dist. From there Node finds NestJS 11 in
// nest-11/node_modules, and all other packages further up. So do the processes that tests start.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What runs where nothing else is asked for: all that goes through Nest, and one way of each thing that
 * stands on it. The other tests never load Nest, or repeat the same use of it at length.
 */
const TESTS = [
  'cancellation',
  'client-server',
  'client/interceptors',
  'drain',
  'e2e',
  'extension',
  'module',
  'moving',
  'observe/server-calls',
  'router/router-module',
  'samples',
  'security/peers',
  'server',
  'streams',
  'testing',
  'terminus',
  'udp',
];

/** What the tests need of the repository. */
const COPIED = [
  'dist',
  'docs',
  'lib',
  'package.json',
  'sample',
  'test',
  'tsconfig.json',
  'tsconfig.sample.json',
  'vitest.config.ts',
];

const folder = dirname(fileURLToPath(import.meta.url));
const root = dirname(folder);
const copy = join(folder, 'dist');

for (const needed of ['nest-11/node_modules/@nestjs/core', 'dist/index.js']) {
  if (!existsSync(join(root, needed))) {
    process.stderr.write(`${needed} is missing: run npm install, then npm run build\n`);
    process.exit(1);
  }
}
rmSync(copy, { recursive: true, force: true });
mkdirSync(copy);
for (const name of COPIED) {
  cpSync(join(root, name), join(copy, name), { recursive: true });
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : TESTS;
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const args = [vitest, 'run', ...chosen.map((name) => name.replace(/^(test\/)?/, 'test/'))];
const { status } = spawnSync(process.execPath, args, {
  cwd: copy,
  env: { ...process.env, NEST_MAJOR: '11' },
  stdio: 'inherit',
});
process.exit(status ?? 1);
