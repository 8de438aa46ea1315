import { cp, rm, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { Arg } from 'nestjs-remote';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService } from '../support/nest.js';
import { linksOf } from '../documentation/links.js';
import { SCENARIOS } from '../../bench/simulation/scenarios.js';
import { documentNames, root } from '../documentation/snippets.js';
import { pythonAvailable } from '../interop/python-peer.js';
import { COMPILER } from '../support/compiler.js';
import { type Project, compile, installPacked, runIn, write } from './installed-package.js';

@Controller()
class MathController {
  @MessagePattern('add')
  add(@Arg(0) a: number, @Arg(1) b: number): number {
    return a + b;
  }
}

const CALL = `
const client = new RemoteClient({ connect: process.argv[2] });
client.call.add(1, 2).then((sum) => console.log(sum)).finally(() => client.close());
`;

const TYPED_CALL = `
interface MathService { add(a: number, b: number): number }
const client = new RemoteClient<MathService>({ connect: 'tcp://127.0.0.1:5555' });
export const sum: Promise<number> = client.call.add(1, 2);
// @ts-expect-error -- it takes numbers
export const wrong: Promise<number> = client.call.add('1', 2);
// @ts-expect-error -- there is no such option
export const server = new RemoteServer({ binds: 'tcp://127.0.0.1:5555' });
const keys = curveKeyPair();
const { secretKey } = keys;
export const secured = new RemoteServer({
  bind: 'tcp://127.0.0.1:5555',
  security: curveServer({ secretKey, allow: (key, address) => key === address }),
});
// @ts-expect-error -- somebody has to be allowed
curveServer({ secretKey });
// @ts-expect-error -- it is no security
export const unsecured = new RemoteServer({ bind: 'tcp://127.0.0.1:5555', security: keys });
`;

/** Prints the files that an expression loads which Nest and the other peers do not load already. */
const loadedBy = (expression: string): string => `
import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import '@nestjs/common';
import '@nestjs/core';
import '@nestjs/microservices';
import 'reflect-metadata';
import 'rxjs';
const require = createRequire(import.meta.url);
const files = [];
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params }) => files.push(params.url));
session.post('Debugger.enable');
files.length = 0;
await ${expression};
session.disconnect();
console.log(JSON.stringify(files.filter((file) => file.includes('node_modules'))));
`;

const PARTS = `
import { RemoteInstrumentation } from 'nestjs-remote/opentelemetry';
import { registerRemoteMetrics } from 'nestjs-remote/prometheus';
const { instrumentationName } = new RemoteInstrumentation({ enabled: false });
console.log(instrumentationName, typeof registerRemoteMetrics);
`;

/** What the package loads beside Nest: no zeromq, which waits for the first ZeroMQ socket. */
const LOADED = ['cbor-x', 'nestjs-remote'];

let project: Project;

beforeAll(async () => {
  project = await installPacked();
}, 120_000);

afterAll(() => rm(project.folder, { recursive: true }));

async function startMath(): Promise<string> {
  return (await startService({ controllers: [MathController] })).address;
}

describe('the packed package', () => {
  it('holds the built files, their sources and what a reader needs, and nothing else', async () => {
    const documents = (await documentNames()).filter((name) => name.startsWith('docs/'));
    const others = project.files.filter((path) => !/^(dist|docs|lib)\//.test(path));
    expect(others.toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bench/results/full.svg',
      ...SCENARIOS.map(({ name }) => `bench/results/simulation-${name}.svg`).toSorted(),
      'package.json',
    ]);
    const pages = project.files.filter((path) => path.startsWith('docs/'));
    expect(pages.toSorted()).toEqual(documents.toSorted());
    const built = project.files.filter((path) => path.startsWith('dist/'));
    for (const path of built) {
      expect(path).toMatch(/\.(js|d\.ts)(\.map)?$/);
    }
    for (const path of project.files.filter((file) => file.startsWith('lib/'))) {
      expect(path).toMatch(/\.ts$/);
      expect(built).toContain(path.replace(/^lib(.*)\.ts$/, 'dist$1.js'));
    }
  });

  it('has no link to a file that is not in it', async () => {
    const documents = [...(await documentNames()), 'CHANGELOG.md'];
    const links = (await Promise.all(documents.map(linksOf))).flat();
    const dead = links.filter(
      ({ isAbsolute, path }) => !isAbsolute && !project.files.includes(path),
    );
    expect(dead).toEqual([]);
  });

  it('says where its repository is, as its links do', async () => {
    const text = await readFile(
      join(project.folder, 'node_modules/nestjs-remote/package.json'),
      'utf8',
    );
    const home = 'https://github.com/nestjs-remote/nestjs-remote';
    expect(JSON.parse(text)).toMatchObject({
      homepage: `${home}#readme`,
      bugs: `${home}/issues`,
      repository: { type: 'git', url: `git+${home}.git` },
    });
  });

  it('has maps that lead to the sources in it', async () => {
    for (const path of project.files.filter((file) => /^dist\/.*\.map$/.test(file))) {
      const file = join(project.folder, 'node_modules/nestjs-remote', path);
      const { sources } = JSON.parse(await readFile(file, 'utf8')) as { sources: string[] };
      for (const source of sources) {
        expect(project.files).toContain(join(path, '..', source));
      }
    }
  });
});

describe('installed elsewhere it', () => {
  it('calls a service from an ESM app', async () => {
    await write(project, 'app.mjs', `import { RemoteClient } from 'nestjs-remote';${CALL}`);
    expect(await runIn(project, process.execPath, 'app.mjs', await startMath())).toBe('3\n');
  });

  it('calls a service from a CommonJS app', async () => {
    await write(project, 'app.cjs', `const { RemoteClient } = require('nestjs-remote');${CALL}`);
    expect(await runIn(project, process.execPath, 'app.cjs', await startMath())).toBe('3\n');
  });

  it.each(["import('nestjs-remote')", "require('nestjs-remote')"])(
    'loads for %s the packages that it depends on, and none of its optional parts',
    async (expression) => {
      await write(project, 'loads.mjs', loadedBy(expression));
      const files = JSON.parse(await runIn(project, process.execPath, 'loads.mjs')) as string[];
      const packages = files.map(
        (file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1],
      );
      expect(new Set(packages)).toEqual(new Set(LOADED));
      const rooms = files.map((file) => /nestjs-remote\/dist\/(\w+)\//.exec(file)?.[1]);
      expect(rooms).toContain('client');
      for (const optional of ['cli', 'opentelemetry', 'prometheus', 'terminus', 'testing']) {
        expect(rooms).not.toContain(optional);
      }
    },
  );

  it('has an own entry for each optional part, which its types know', async () => {
    await write(project, 'parts.mts', PARTS);
    expect(await compile(project, 'parts.mts')).toBe('');
    await write(project, 'parts.mjs', PARTS);
    expect(await runIn(project, process.execPath, 'parts.mjs')).toBe('nestjs-remote function\n');
  });

  it('has the health indicator for ESM and CommonJS, and types that need no cast', async () => {
    const print = 'console.log(RemoteHealthIndicator.name);';
    const esm = `import { RemoteHealthIndicator } from 'nestjs-remote/terminus';`;
    const cjs = `const { RemoteHealthIndicator } = require('nestjs-remote/terminus');`;
    await write(project, 'health.mjs', `${esm}${print}`);
    await write(project, 'health.cjs', `${cjs}${print}`);
    for (const name of ['health.mjs', 'health.cjs']) {
      expect(await runIn(project, process.execPath, name)).toBe('RemoteHealthIndicator\n');
    }
    await write(
      project,
      'health.mts',
      `${esm}
import { RemoteClient } from 'nestjs-remote';
declare const remote: RemoteHealthIndicator;
declare const client: RemoteClient<{ add(a: number, b: number): number }>;
export const health = remote.isHealthy('math', client, { timeout: 500, address: 'math' });
// @ts-expect-error -- it is no client
export const wrong = remote.isHealthy('math', {});
`,
    );
    expect(await compile(project, 'health.mts')).toBe('');
  });

  it('runs as a command by npx', async () => {
    const call = ['--offline', 'nestjs-remote', 'call', await startMath(), 'add', '1', '2'];
    expect(await runIn(project, 'npx', ...call)).toMatch(/^3 {2}\([\d.]+ ms\)\n$/);
  });

  it('runs as a command of node_modules/.bin', async () => {
    const call = ['call', await startMath(), 'add', '1', '2', '--json'];
    const output = await runIn(project, 'node_modules/.bin/nestjs-remote', ...call);
    expect(JSON.parse(output)).toHaveProperty('result', 3);
  });

  it('runs a sample and its Python program, which stand in a path with a space', async () => {
    await cp(join(root, 'sample'), join(project.folder, 'sample'), { recursive: true });
    const built = join(project.folder, 'dist-sample');
    const config = join(root, 'tsconfig.sample.json');
    await runIn(project, process.execPath, COMPILER, '-p', config, '--outDir', built);
    await write(project, 'dist-sample/package.json', '{ "type": "module" }');
    const output = await runIn(project, process.execPath, 'dist-sample/01-calculator/main.js');
    expect(output).toContain('All as expected.');
    expect(output.includes('skipped')).toBe(!pythonAvailable());
  });

  it('has types for ESM and for CommonJS', async () => {
    await write(
      project,
      'typed.mts',
      `import { RemoteClient, RemoteServer, curveKeyPair, curveServer } from 'nestjs-remote';${TYPED_CALL}`,
    );
    await write(
      project,
      'typed.cts',
      `import remote = require('nestjs-remote');
const { RemoteClient, RemoteServer, curveKeyPair, curveServer } = remote;${TYPED_CALL}`,
    );
    expect(await compile(project, 'typed.mts', 'typed.cts')).toBe('');
  });
});
