import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
  StreamableFile,
  type Type,
  ValidationPipe,
} from '@nestjs/common';
import { APP_FILTER, ExternalContextCreator, NestFactory } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap, Container, Secret, Service } from 'kubernetes-types/core/v1.js';
import { RemoteCallError, RemoteClient, curveClient, curveKeyPair } from 'nestjs-remote';
import { firstValueFrom, map, throwError } from 'rxjs';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { NoHttpAdapter } from '../fixtures/no-http.adapter.mjs';
import { describePython, pythonAvailable } from '../interop/python-peer.js';
import { MovedController } from '../moving/moved.controller.js';
import { PayloadsController } from '../moving/payloads.js';
import { Site, endingOf } from '../moving/site.js';
import { type Manifest, faultsOf, parseManifests } from '../kubernetes/manifests.js';
import { patchManifest } from '../kubernetes/patch-manifest.js';
import { compileConfigured, installPacked, runIn, write } from '../package/installed-package.js';
import { ADA, BOB, securedClient, startSecured } from '../security/site.js';
import { Etcd, HAS_ETCD, describeEtcd } from '../support/etcd.js';
import { listen } from '../robustness/plain-service.js';
import { DnsServer, locally } from '../support/dns-server.js';
import { createClient, moduleOf, startService } from '../support/nest.js';
import { RunningSnippet } from './running-snippet.js';
import { CompiledSnippets, type Snippet, promisedOutput, readSnippets, root } from './snippets.js';

const TIMEOUT = { timeout: 20_000 };

let snippets: Snippet[];
let compiled: CompiledSnippets;

/** The names of the snippets that a test has run so far. */
const ran = new Set<string>();

beforeAll(async () => {
  snippets = await readSnippets();
  compiled = await CompiledSnippets.compile(snippets);
}, 120_000);

function find(name: string): Snippet {
  const snippet = snippets.find((candidate) => candidate.name === name);
  if (!snippet) {
    throw new Error(`no document has a code block that begins with the name ${name}`);
  }
  ran.add(name);
  return snippet;
}

function run(name: string): RunningSnippet {
  const path = `${compiled.folder}/${find(name).name}`;
  return name.endsWith('.py')
    ? new RunningSnippet('/usr/bin/python3', [path])
    : new RunningSnippet(process.execPath, [path.replace(/ts$/, 'js')]);
}

/** Runs a line of a shell, with the built command in place of `npx nestjs-remote`. */
function runCommand(line: string, folder = '.'): RunningSnippet {
  const main = `"${process.execPath}" "${root}dist/cli/main.js"`;
  const command = compiled.localized(find(line).name);
  return new RunningSnippet('/bin/sh', [
    '-c',
    `cd "${folder}" && ${command.replace(/^npx nestjs-remote/, `exec ${main}`)}`,
  ]);
}

function commandsOf(document: string): Snippet[] {
  return snippets.filter((snippet) => snippet.document === document && snippet.language === 'sh');
}

/** The command of a document that begins so. */
function commandOf(document: string, beginning: string): string {
  const command = commandsOf(document).find(({ name }) => name.startsWith(beginning));
  if (!command) {
    throw new Error(`${document} has no command that begins with ${beginning}`);
  }
  return command.name;
}

async function expectPromised(name: string, ...running: RunningSnippet[]): Promise<void> {
  for (const line of promisedOutput(find(name)).map((text) => compiled.localized(text))) {
    await expect.poll(() => running.map(({ output }) => output).join(''), TIMEOUT).toContain(line);
  }
}

/** Lets a snippet run to its end: it prints what its comments promise, and succeeds. */
async function expectSuccess(name: string, running = run(name)): Promise<RunningSnippet> {
  await expectPromised(name, running);
  expect(await running.ended(), running.output).toBe(0);
  return running;
}

async function startServer(name = 'server.ts'): Promise<RunningSnippet> {
  const server = run(name);
  await expect.poll(() => server.output, TIMEOUT).toContain('successfully started');
  return server;
}

/** What a snippet exports, by name. */
async function exportsOf(name: string): Promise<Record<string, unknown>> {
  const { href } = pathToFileURL(`${compiled.folder}/${find(name).name.replace(/ts$/, 'js')}`);
  return (await import(href)) as Record<string, unknown>;
}

/** An app that can serve microservices beside the HTTP that it does not serve. */
async function createHybridApp(): Promise<INestApplication> {
  const module = moduleOf({ controllers: [MovedController] });
  const app = await NestFactory.create(module, new NoHttpAdapter(), { logger: false });
  onTestFinished(() => app.close());
  return app;
}

/** The class that a snippet exports. */
async function imported(name: string): Promise<Type> {
  const [exported] = Object.values(await exportsOf(name));
  return exported as Type;
}

test('every code block is in a language that is run here, and has a name of its own', () => {
  const nameless = snippets.filter(
    ({ language, name }) =>
      !['ts', 'python', 'sh', 'json', 'yaml'].includes(language) || name === '',
  );
  expect(nameless).toEqual([]);
  expect(new Set(snippets.map(({ name }) => name)).size).toBe(snippets.length);
});

describe('the README', () => {
  test('has at most 1,300 words', async () => {
    const text = await readFile(`${root}README.md`, 'utf8');
    expect(text.trim().split(/\s+/).length).toBeLessThanOrEqual(1300);
  });

  test('a client gets from the service the values in its comments', async () => {
    const server = await startServer();
    const client = run('client.ts');
    await expectPromised('client.ts', client);
    await expectPromised('server.ts', server);
    expect(await client.ended()).toBe(0);
  });

  test('the command gets the same result', async () => {
    await startServer();
    const call = commandOf('README.md', 'npx nestjs-remote');
    await expectSuccess(call, runCommand(call));
  });

  test('its commands and tsconfig.json make a project that compiles service and client', async () => {
    const project = await installPacked();
    onTestFinished(() => rm(project.folder, { recursive: true }));
    const { name: development } = find(commandOf('README.md', 'npm i -D'));
    expect(development).toBe('npm i -D typescript @types/node');
    const { name: modules } = find(commandOf('README.md', 'npm pkg'));
    await runIn(project, 'npm', ...modules.split(' ').slice(1));
    for (const name of ['tsconfig.json', 'server.ts', 'client.ts']) {
      await write(project, name, find(name).code);
    }
    expect(await compileConfigured(project)).toBe('');
    expect(await runIn(project, process.execPath, '--check', 'client.js')).toBe('');
  }, 120_000);

  test('installs this package and peers of it', async () => {
    const text = await readFile(`${root}package.json`, 'utf8');
    const description = JSON.parse(text) as { name: string; peerDependencies: object };
    const install = find(commandOf('README.md', 'npm'));
    const [npm, verb, ...packages] = install.name.split(' ');
    expect([npm, verb, packages[0]]).toEqual(['npm', 'install', description.name]);
    expect([description.name, ...Object.keys(description.peerDependencies)]).toEqual(
      expect.arrayContaining(packages),
    );
  });
});

describePython('the README from Python', () => {
  test('the same call gets the same response', async () => {
    await startServer();
    await expectSuccess('client.py');
  });
});

describe('docs/getting-started.md', () => {
  const PAGE = 'docs/getting-started.md';

  test('makes two apps by commands of Nest and npm, and starts them', () => {
    expect(
      commandsOf(PAGE)
        .map(({ name }) => find(name).name)
        .filter((name) => !/^(npx nestjs-remote|curl) /.test(name)),
    ).toEqual([
      'npx @nestjs/cli new math --package-manager npm',
      'cd math && npm install nestjs-remote @nestjs/microservices',
      'npm run start:dev',
      'npx @nestjs/cli new shop --package-manager npm',
      'cd shop && npm install nestjs-remote @nestjs/microservices',
    ]);
  });

  test('the command calls the service', async () => {
    ['math/src/math.controller.ts', 'math/src/app.module.ts'].forEach(find);
    await startServer('math/src/main.ts');
    for (const { name } of commandsOf(PAGE).filter(({ code }) => code.includes(' call tcp'))) {
      await expectSuccess(name, runCommand(name));
    }
  });

  test('the caller asks the service', async () => {
    await startServer('math/src/main.ts');
    const curl = commandOf(PAGE, 'curl');
    const { searchParams } = new URL(/'([^']+)'/.exec(curl)?.[1] ?? '');
    const module = await imported('shop/src/app.module.ts');
    const app = await NestFactory.create(module, new NoHttpAdapter(), { logger: false });
    onTestFinished(() => app.close());
    const controller = app.get<{ total: (prices: string | null) => Promise<number> }>(
      await imported('shop/src/total.controller.ts'),
    );
    const [total] = promisedOutput(find(curl));
    expect(String(await controller.total(searchParams.get('prices')))).toBe(total);
  });
});

describe('docs/handlers.md', () => {
  test('a pipe of an argument runs', async () => {
    const { address } = await startService({ controllers: [await imported('validated.ts')] });
    const client = createClient(address);
    expect(await client.call.square('4')).toBe(16);
    await expect(client.call.square('four')).rejects.toThrow(RemoteCallError);
  });

  test('a schema validates an argument', async () => {
    const { address } = await startService({ controllers: [await imported('schema.ts')] });
    const client = createClient(address);
    expect(await client.call.root(16)).toBe(4);
    await expect(client.call.root(-1)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      context: { issues: [{ message: 'give a number above 0' }] },
    });
  });

  test('a server with reflection tells what a handler declares', async () => {
    const { address } = await startService(
      { controllers: [await imported('described.ts')] },
      { bind: 'tcp://127.0.0.1:*', reflection: true },
    );
    expect(await createClient(address).issueCall('$/describe')).toEqual({
      methods: [{ name: 'sum', kind: 'request', description: 'adds numbers', version: '2' }],
    });
  });
});

describe('docs/options.md', () => {
  test('one call can have options of its own', async () => {
    await startServer();
    await expectSuccess('options.ts');
  });

  test('a factory registers a client in a Nest module', async () => {
    await startServer();
    await expectSuccess('registered.ts');
  });
});

describe('docs/reliability.md', () => {
  test('calls go on when one of three servers closes', async () => {
    await expectSuccess('reliability.ts');
  });
});

describe('docs/scaling.md', () => {
  test('a client has a link to a part of the servers, and keys have their server', async () => {
    await expectSuccess('scaling.ts');
  });
});

describe('docs/discovery.md', () => {
  const sum = (numbers: number[]): Promise<number> =>
    Promise.resolve(numbers.reduce((total, number) => total + number, 0));

  test('srv.ts calls a server of SRV records', async () => {
    const { address } = await listen({ requests: { sum } });
    const name = '_remote._tcp.math.test';
    const port = Number(new URL(address).port);
    const dns = await DnsServer.start({ [`SRV ${name}`]: locally(name, [port]) });
    vi.stubEnv('MATH', dns.source(name));
    await expectSuccess('srv.ts');
  });

  test('resolve.ts calls a server of a registry', async () => {
    const { address } = await listen({ requests: { sum } });
    const registry = createServer((_, response) =>
      response.end(JSON.stringify([{ address, zone: 'north', weight: 2 }])),
    ).listen(0, '127.0.0.1');
    onTestFinished(() => void registry.close());
    await once(registry, 'listening');
    vi.stubEnv('REGISTRY', `http://127.0.0.1:${(registry.address() as AddressInfo).port}`);
    await expectSuccess('resolve.ts');
  });

  test('a registry is told when a server listens, and when it closes', async () => {
    const registry = await expectSuccess('registry.ts');
    expect(registry.output).toContain('left 1');
  });
});

describeEtcd('docs/discovery.md with etcd', () => {
  test('a server registers, and its client finds it', async () => {
    await Etcd.start(compiled.etcd);
    await startServer('registered-server.ts');
    await expectSuccess('discovering-client.ts');
  });
});

describe('docs/observability.md', () => {
  test.each(['stats.ts', 'prometheus.ts', 'tracing.ts', 'channels.ts'])(
    '%s prints what its comments say',
    async (name) => {
      await startServer();
      await expectSuccess(name);
    },
  );
});

describe('docs/interceptors.md', () => {
  test('logging.ts logs the call', async () => {
    await startServer();
    const program = run('logging.ts');
    expect(await program.ended()).toBe(0);
    expect(program.output).toBe('request add: 1 values\n');
  });

  test.each(['interceptor.ts', 'retries.ts', 'caching.ts'])(
    '%s prints what its comments say',
    async (name) => {
      await startServer();
      await expectSuccess(name);
    },
  );
});

describe('docs/api.md', () => {
  test('events and counts are those in its comments', async () => {
    await expectSuccess('api.ts');
  });

  test('a typed client gets the values in its comments', async () => {
    await expectSuccess('typed.ts');
  });
});

describe('docs/errors.md', () => {
  test('a handler chooses the code of its error', async () => {
    const { address } = await startService({ controllers: [await imported('denied.ts')] });
    await expect(createClient(address).call.open()).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: 'not you',
    });
  });

  test('the filter passes a remote error on as the object that its service sent', async () => {
    class Gateway {
      @MessagePattern('open')
      open(): never {
        throw new RemoteCallError('not you', { door: 3 }, { code: 'PERMISSION_DENIED' });
      }
    }
    const filter = await imported('remote-call-error.filter.ts');
    const { address } = await startService({
      controllers: [Gateway],
      providers: [{ provide: APP_FILTER, useClass: filter }],
    });
    await expect(createClient(address).call.open()).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: 'not you',
      context: { door: 3 },
    });
  });
});

describe('docs/moving-from-tcp.md', () => {
  test('a service with JsonPayloads and JsonResults gets and gives what it had over TCP', async () => {
    const { JsonPayloads, JsonResults } = (await exportsOf('json-values.ts')) as Record<
      string,
      Type<PipeTransform & NestInterceptor>
    >;
    const site = await Site.prepare('nestjs-remote', {
      metadata: { controllers: [PayloadsController, MovedController] },
      configure: (app) => {
        app.useGlobalPipes(new JsonPayloads!(), new ValidationPipe({ transform: true }));
        app.useGlobalInterceptors(new JsonResults!());
      },
    });
    const at = new Date(0);
    for (const pattern of ['@IsDateString()', '@IsISO8601()', '@IsString()', '@IsDate()']) {
      expect(await site.ask(pattern, { at })).toBe(at.toISOString());
    }
    expect(await site.ask('method of a text', { at })).toBe('1970-01-01');
    expect(await site.ask('data of a buffer', { file: Buffer.from('hi') })).toBe('hi');
    expect(await site.ask('make', 'date')).toEqual({ at: at.toISOString() });
    expect(await site.ask('make', 'nothing')).toBe('no value');
  });

  test('a hybrid app serves both transports, with its global pipes, interceptors, filters and guards', async () => {
    const { serveBoth } = (await exportsOf('both.ts')) as {
      serveBoth: (app: INestApplication, port: number, bind: string) => Promise<void>;
    };
    const [tcp, ours] = [
      await Site.prepare('TCP', { metadata: {} }),
      await Site.prepare('nestjs-remote', { metadata: {} }),
    ];
    const app = await createHybridApp();
    app.useGlobalPipes({ transform: (value: string) => `${value}, piped` });
    app.useGlobalInterceptors({
      intercept: (_context, next) => next.handle().pipe(map((value) => [value, 'intercepted'])),
    });
    app.useGlobalFilters({ catch: () => throwError(() => ({ message: 'filtered' })) });
    app.useGlobalGuards({
      canActivate: (context) => context.switchToRpc().getData<unknown>() !== 'guarded',
    });
    await serveBoth(app, tcp.port, ours.address);
    for (const { client } of [tcp, ours]) {
      expect(await firstValueFrom(client.send('echo', 'a'))).toEqual(['a, piped', 'intercepted']);
      expect(await endingOf(client.send('echo', 'guarded'))).toEqual({
        values: [],
        error: { message: 'filtered' },
      });
    }
  });

  test('JsonResults leaves the responses of a hybrid app over HTTP as they are', async () => {
    const JsonResults = (await exportsOf('json-values.ts'))['JsonResults'] as Type<NestInterceptor>;
    const app = await createHybridApp();
    app.useGlobalInterceptors(new JsonResults());
    const download = new StreamableFile(Buffer.from('file'));
    class Downloads {
      get(this: void): StreamableFile {
        return download;
      }
    }
    const downloads = new Downloads();
    const get = app.get(ExternalContextCreator).create(downloads, downloads.get, 'get');
    expect(await get()).toBe(download);
  });
});

describe('docs/testing.md', () => {
  const TESTS = ['service.test.ts', 'caller.test.ts', 'time.test.ts'];

  test('its tests pass with Vitest', async () => {
    ['vitest.config.ts', ...TESTS].forEach(find);
    const vitest = `${root}node_modules/vitest/vitest.mjs`;
    const running = new RunningSnippet(process.execPath, [
      vitest,
      'run',
      '--root',
      compiled.folder,
      ...TESTS,
    ]);
    expect(await running.ended(), running.output).toBe(0);
    expect(running.output).toMatch(/Tests .*4 passed/);
  }, 60_000);

  test.each([
    ['ESM', 'jest-esm.config.json', '{ "type": "module" }'],
    ['CommonJS', 'jest-commonjs.config.json', '{}'],
  ])(
    'its tests pass with Jest in a project of %s',
    async (_, config, description) => {
      const project = await installPacked();
      onTestFinished(() => rm(project.folder, { recursive: true }));
      await write(project, 'package.json', description);
      await write(project, config, find(config).code);
      for (const name of TESTS.slice(0, 2)) {
        await write(project, name, find(name).code.replace("'vitest'", "'@jest/globals'"));
      }
      const jest = `${root}node_modules/jest/bin/jest.js`;
      const args = ['--experimental-vm-modules', jest, '--config', config, '--rootDir', '.'];
      const running = new RunningSnippet(process.execPath, args, project.folder);
      expect(await running.ended(), running.output).toBe(0);
      expect(running.output).toMatch(/Tests: .*3 passed/);
    },
    120_000,
  );
});

describe('docs/pub-sub.md', () => {
  test('events reach the subscriber of their topic', async () => {
    await expectPromised('telemetry.ts', run('telemetry.ts'));
  });
});

describe('docs/udp.md', () => {
  test('calls over UDP get responses, or are refused where no datagram has room', async () => {
    await expectSuccess('udp.ts');
  });

  test('keys keep a stranger out', async () => {
    await expectSuccess('udp-keys.ts');
  });
});

describe('docs/router.md', () => {
  test('a call finds its service through a router', async () => {
    await expectSuccess('router.ts');
  });

  test('calls go on by the other one of two routers', async () => {
    await expectSuccess('two-routers.ts');
  });

  test('a module runs a router in a Nest app', async () => {
    const app = run('router.module.ts');
    await expect.poll(() => app.output, TIMEOUT).toContain('Router started');
    app.terminate();
    await app.ended();
  });

  test('the command runs a router', async () => {
    const router = runCommand(commandOf('docs/router.md', 'npx'));
    await expect.poll(() => router.output, TIMEOUT).toContain('Router started');
  });
});

describe('docs/command.md', () => {
  test('commands print what their comments say', async () => {
    const lines = commandsOf('docs/command.md').map(({ name }) => name);
    const endsByItself = (line: string): boolean =>
      / (call|emit|list|describe|ping|top|bench|completion|help|keygen) /.test(line);
    const servers = lines.filter((line) => !endsByItself(line)).map((line) => runCommand(line));
    for (const server of servers) {
      await expect
        .poll(() => server.output, TIMEOUT)
        .toMatch(/listening on|connecting to|Router started/);
    }
    // One after the other: each has to load Nest, and waits for its response no longer than a user's.
    for (const line of lines.filter(endsByItself)) {
      const command = runCommand(line);
      await expectPromised(line, ...servers, command);
      expect(await command.ended(), line).toBe(0);
    }
    for (const line of lines.filter((name) => !endsByItself(name))) {
      await expectPromised(line, ...servers);
    }
  }, 240_000);
});

describe('docs/health.md', () => {
  test('a service is ready until it drains, and a gateway tells whether its service is up', async () => {
    await expectSuccess('health-service.ts');
  });

  test('the probes ask at paths that the app has', () => {
    const { code } = find('health-service.ts');
    const paths = [...find('probes.json').code.matchAll(/"path": "\/health\/(\w+)"/g)];
    expect(paths.map(([, path]) => path)).toEqual(['live', 'ready']);
    for (const [, path = ''] of paths) {
      expect(code).toContain(`@Get('${path}')`);
    }
  });
});

describe('docs/streams.md', () => {
  test('a watcher sees the values in its comments, and its jobs stop when it has seen enough', async () => {
    const jobs = await startServer('jobs.ts');
    await expectSuccess('watch.ts');
    for (const line of ['render: done', 'render: stopped', 'temperature: stopped']) {
      await expect.poll(() => jobs.output, TIMEOUT).toContain(line);
    }
  });
});

describePython('docs/streams.md from Python', () => {
  test('the last value arrives', async () => {
    await startServer('jobs.ts');
    await expectSuccess('render.py');
  });
});

describe('docs/shutdown.md', () => {
  test('a handler that runs when SIGTERM comes still responds', async () => {
    const service = run('drain.ts');
    const [address = ''] = /tcp:\S+5555/.exec(find('drain.ts').code) ?? [];
    const client = new RemoteClient({ connect: compiled.localized(address), timeout: 20_000 });
    const response = client.issueCall('slow', ['done']);
    await expect.poll(() => service.output, TIMEOUT).toContain('running');
    service.terminate();
    expect(await response).toBe('DONE');
    expect(await service.ended()).toBe(0);
    await client.close();
  });
});

describe('docs/kubernetes.md', () => {
  const manifestsOf = (name: string): Manifest[] => parseManifests(name, find(name).code);

  test.each(['math.yaml', 'network-policy.yaml'])('%s is that of the sample', async (name) => {
    const sample = await readFile(`${root}sample/09-kubernetes/manifests/${name}`, 'utf8');
    expect(find(name).code).toBe(sample);
  });

  test('every manifest has what Kubernetes takes, the patched one too', async () => {
    const yaml = snippets.filter(({ language }) => language === 'yaml').map(({ name }) => name);
    const [patch] = manifestsOf('keys-patch.yaml') as [Manifest];
    const manifests = yaml.filter((name) => name !== 'keys-patch.yaml').flatMap(manifestsOf);
    const patched = manifests.filter(({ kind }) => kind === patch.kind);
    expect(patched).toHaveLength(1);
    expect(await faultsOf([...manifests, ...patched.map((one) => patchManifest(one, patch))])).toBe(
      '',
    );
    expect(manifests.map(({ kind }) => kind)).toEqual([
      'Service',
      'Deployment',
      'PodDisruptionBudget',
      'NetworkPolicy',
      'Secret',
      'ConfigMap',
    ]);
  });

  test('the patch gives the service its keys', () => {
    const [, deployment] = manifestsOf('math.yaml') as [Service, Deployment];
    const [patch] = manifestsOf('keys-patch.yaml') as [Deployment];
    const [secret, config] = manifestsOf('keys.yaml') as [Secret, ConfigMap];
    expect(patch.metadata).toEqual(deployment.metadata);
    const { containers, volumes } = patch.spec!.template.spec!;
    const [{ name, env = [], volumeMounts = [] }] = containers as [Container];
    expect(name).toBe(deployment.spec?.template.spec?.containers[0]?.name);
    expect(volumes).toMatchObject([
      { name: volumeMounts[0]?.name, configMap: { name: config.metadata?.name } },
    ]);
    expect(
      Object.fromEntries(env.map((variable) => [variable.name, variable.value])),
    ).toMatchObject({
      FRIENDS: `${volumeMounts[0]?.mountPath}/${Object.keys(config.data ?? {}).join()}`,
    });
    expect(env.map(({ valueFrom }) => valueFrom?.secretKeyRef)).toContainEqual({
      name: secret.metadata?.name,
      key: Object.keys(secret.stringData ?? {}).join(),
    });
    const [, shutdownTimeout = '0'] = /shutdownTimeout: ([\d_]+)/.exec(find('kubernetes.ts').code)!;
    const { terminationGracePeriodSeconds = 0 } = deployment.spec?.template.spec ?? {};
    expect(terminationGracePeriodSeconds * 1000).toBeGreaterThan(
      Number(shutdownTimeout.replace('_', '')),
    );
  });

  test('its commands name what the manifests have', async () => {
    const lines = commandsOf('docs/kubernetes.md').map(({ name }) => find(name).name);
    const [, deployment] = manifestsOf('math.yaml') as [Service, Deployment];
    const [{ name, image = '' }] = deployment.spec!.template.spec!.containers as [Container];
    const [repository = ''] = image.split(':');
    const folder = 'sample/09-kubernetes';
    expect(existsSync(`${root}${folder}/Dockerfile`)).toBe(true);
    expect(existsSync(`${root}${folder}/manifests/kustomization.yaml`)).toBe(true);
    const math = `deployment/${deployment.metadata?.name}`;
    expect(lines).toEqual([
      `docker build --file ${folder}/Dockerfile --tag ${image} .`,
      `docker push ${image}`,
      `kubectl apply --kustomize ${folder}/manifests`,
      `kubectl rollout status ${math}`,
      'kubectl get endpointslices --selector kubernetes.io/service-name=math',
      expect.stringMatching(/^kubectl run .* -- curl 'gateway\/sum\?numbers=1,2,3'$/),
      expect.stringMatching(/^kubectl run .* -- curl gateway\/servers$/),
      `kubectl set image ${math} ${name}=${repository}:1.1.0`,
      `kubectl rollout undo ${math}`,
      `kubectl rollout restart ${math}`,
      `kubectl scale ${math} --replicas=5`,
      'kubectl drain node-1 --ignore-daemonsets',
      `kubectl set env ${math} ETCD=http://etcd:2379`,
      'kubectl set env deployment/gateway MATH=etcd://etcd:2379/services/math',
    ]);
  });

  test('the service takes what the manifests give it, and drains', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'documentation-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [math, ada] = [curveKeyPair(), curveKeyPair()];
    const [, config] = manifestsOf('keys.yaml') as [Secret, ConfigMap];
    const friends = `${config.data?.['friends.txt']}${ada.publicKey} ada\n`;
    await writeFile(join(folder, 'friends.txt'), friends);
    const connect = `ipc://${folder}/math`;
    vi.stubEnv('BIND', connect);
    vi.stubEnv('FRIENDS', join(folder, 'friends.txt'));
    vi.stubEnv('MATH_SECRET_KEY', math.secretKey);
    const service = await startServer('kubernetes.ts');
    const client = createClient({
      connect,
      security: curveClient({ serverKey: math.publicKey, secretKey: ada.secretKey }),
    });
    expect(await client.call.sum([1, 2, 3])).toBe(6);
    service.terminate();
    expect(await service.ended()).toBe(0);
  });

  test.each(['zeromq', 'net'] as const)('a probe is no error to a server: %s', async (engine) => {
    const { server, address } = await startSecured(engine);
    const errors: RemoteCallError[] = [];
    server.on('error', (error) => errors.push(error));
    const { hostname, port } = new URL(address);
    for (let probes = 0; probes < 3; probes++) {
      const socket = connectSocket(Number(port), hostname);
      await once(socket, 'connect');
      socket.end();
      await once(socket.resume(), 'close');
    }
    expect(await securedClient(engine, address, ADA).call.who()).toMatchObject(
      engine === 'net' ? { name: 'ada' } : {},
    );
    expect(errors).toEqual([]);
    expect(server.dropCounts.size).toBe(0);
  });
});

describe('docs/many-cores.md', () => {
  test.each([
    ['at addresses of their own', 'cluster.ts'],
    ['at one address', 'shared-port.ts'],
  ])('the workers of a cluster serve %s', async (_place, snippet) => {
    await expectSuccess(snippet);
  });
});

describe('docs/security.md', () => {
  test('CURVE lets the friend in and keeps the stranger out', async () => {
    await expectSuccess('curve.ts');
  });

  test('the commands make keys, and call a service with them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'documentation-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const lines = commandsOf('docs/security.md').map(({ name }) => name);
    const [call = '', serve = '', ...files] = lines.toReversed();
    for (const line of files.toReversed()) {
      expect(await runCommand(line, folder).ended()).toBe(0);
    }
    const service = runCommand(serve, folder);
    await expect.poll(() => service.output, TIMEOUT).toContain('listening on');
    await expectSuccess(call, runCommand(call, folder));
  });

  test('the vault is open to Ada, and others may look', async () => {
    const { address } = await startSecured('net', {}, await imported('vault.controller.ts'));
    const looks = [ADA, BOB].map((keys) => securedClient('net', address, keys).call.look());
    expect(await Promise.all(looks)).toEqual(['ada looks', 'bob looks']);
    expect(await securedClient('net', address, ADA).call.open()).toBe('open');
    await expect(securedClient('net', address, BOB).call.open()).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });
});

test('no code block is left that no test above has run', () => {
  const isSkipped = ({ language, code }: Snippet): boolean =>
    (language === 'python' && !pythonAvailable()) || (code.includes(':2379') && !HAS_ETCD);
  expect(snippets.filter((snippet) => !ran.has(snippet.name) && !isSkipped(snippet))).toEqual([]);
});
