import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { webpack } from 'webpack';
import { type Project, installPacked, runIn, write } from './installed-package.js';

const APP = `
import { RemoteClient, RemoteServer } from 'nestjs-remote';

const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
server.addHandler('add', async ([a, b]) => a + b);
server.listen(async () => {
  const client = new RemoteClient({ connect: server.addresses });
  console.log(await client.call.add(1, 2));
  await client.close();
  await server.close();
});
`;

/** What is never bundled here: native code, and Nest, which looks for packages that are optional. */
const APART = ['zeromq', /^@nestjs\//, 'rxjs', 'reflect-metadata'];

let project: Project;

beforeAll(async () => {
  project = await installPacked();
  await write(project, 'app.mjs', APP);
}, 120_000);

afterAll(() => rm(project.folder, { recursive: true }));

/** Bundles the app, and gives what it prints. */
async function runBundled(
  name: string,
  format: 'es' | 'cjs',
  external: (string | RegExp)[],
): Promise<string> {
  await build({
    root: project.folder,
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      ssr: 'app.mjs',
      outDir: `bundle-${format}`,
      rolldownOptions: { external, output: { format, entryFileNames: name } },
    },
  });
  return runIn(project, process.execPath, join(`bundle-${format}`, name));
}

it('runs in an ESM bundle that leaves zeromq apart', async () => {
  expect(await runBundled('app.mjs', 'es', APART)).toBe('3\n');
  const bundle = await readFile(join(project.folder, 'bundle-es/app.mjs'), 'utf8');
  expect(bundle).toContain('class RemoteServer');
});

it('runs beside a CommonJS bundle that leaves it apart', async () => {
  expect(await runBundled('app.cjs', 'cjs', ['nestjs-remote', ...APART])).toBe('3\n');
});

it('runs beside a CommonJS bundle of webpack that leaves it apart', async () => {
  const bundle = webpack({
    context: project.folder,
    mode: 'production',
    entry: './app.mjs',
    output: { path: join(project.folder, 'bundle-webpack'), filename: 'app.cjs' },
    target: 'node',
    externalsType: 'commonjs',
    externals: ['nestjs-remote'],
  });
  const stats = await promisify(bundle.run.bind(bundle))();
  expect(stats?.compilation.errors).toEqual([]);
  expect(await runIn(project, process.execPath, join('bundle-webpack', 'app.cjs'))).toBe('3\n');
});
