import { beforeAll, describe, expect, test } from 'vitest';
import { RemoteClient } from 'nestjs-remote';
import { describePython } from '../interop/python-peer.js';
import {
  RunningSnippet,
  type Snippet,
  compileSnippets,
  countCodeBlocks,
  promisedOutput,
  readSnippets,
} from './snippets.js';

let snippets: Snippet[];
let folder: string;

beforeAll(async () => {
  snippets = await readSnippets();
  folder = await compileSnippets(snippets);
}, 120_000);

function find(name: string): Snippet {
  const snippet = snippets.find((candidate) => candidate.name === name);
  if (!snippet) {
    throw new Error(`no document has a code block that begins with the name ${name}`);
  }
  return snippet;
}

function run(name: string): RunningSnippet {
  return name.endsWith('.py')
    ? new RunningSnippet('/usr/bin/python3', [`${folder}/${name}`])
    : new RunningSnippet(process.execPath, [`${folder}/${name.replace(/ts$/, 'js')}`]);
}

async function expectPromised(name: string, running: RunningSnippet): Promise<void> {
  for (const line of promisedOutput(find(name))) {
    await expect.poll(() => running.output, { timeout: 20_000 }).toContain(line);
  }
}

async function startServer(name = 'server.ts'): Promise<RunningSnippet> {
  const server = run(name);
  await expect.poll(() => server.output, { timeout: 20_000 }).toContain('successfully started');
  return server;
}

test('every code block has a name, so that it is compiled and run here', async () => {
  expect(snippets).toHaveLength(await countCodeBlocks());
  expect(new Set(snippets.map(({ name }) => name)).size).toBe(snippets.length);
});

describe('the README', () => {
  test('a client gets from the service what its comments say', async () => {
    const server = await startServer();
    const client = run('client.ts');
    await expectPromised('client.ts', client);
    await expectPromised('server.ts', server);
    expect(await client.ended()).toBe(0);
  });

  test('one call can have options of its own', async () => {
    await startServer();
    const client = run('options.ts');
    await expectPromised('options.ts', client);
    expect(await client.ended()).toBe(0);
  });

  test('values come one by one until enough have come, and the handler then ends', async () => {
    const streams = run('streams.ts');
    await expectPromised('streams.ts', streams);
    expect(await streams.ended()).toBe(0);
  });

  test('events reach who subscribed to their topic', async () => {
    await expectPromised('telemetry.ts', run('telemetry.ts'));
  });

  test('calls over UDP are answered, or refused where no datagram has room', async () => {
    const udp = run('udp.ts');
    await expectPromised('udp.ts', udp);
    expect(await udp.ended()).toBe(0);
  });

  test('a call finds its service through a router', async () => {
    const router = run('router.ts');
    await expectPromised('router.ts', router);
    expect(await router.ended()).toBe(0);
  });

  test('the filter passes a remote error on as the object that its service sent', async () => {
    const { RemoteCallErrorFilter } = (await import(`${folder}/remote-call-error.filter.js`)) as {
      RemoteCallErrorFilter: new () => { catch(error: unknown): unknown };
    };
    expect(new RemoteCallErrorFilter()).toHaveProperty('catch');
  });
});

describePython('the README from Python', () => {
  test('the same call gives the same answer', async () => {
    await startServer();
    const client = run('client.py');
    await expectPromised('client.py', client);
    expect(await client.ended()).toBe(0);
  });
});

describe('docs/streams.md', () => {
  test('a watcher sees what its comments say, and its jobs stop when it has seen enough', async () => {
    const jobs = await startServer('jobs.ts');
    const watcher = run('watch.ts');
    await expectPromised('watch.ts', watcher);
    expect(await watcher.ended()).toBe(0);
    for (const line of ['render: done', 'render: stopped', 'temperature: stopped']) {
      await expect.poll(() => jobs.output, { timeout: 20_000 }).toContain(line);
    }
  });
});

describePython('docs/streams.md from Python', () => {
  test('the last value arrives', async () => {
    await startServer('jobs.ts');
    const client = run('render.py');
    await expectPromised('render.py', client);
    expect(await client.ended()).toBe(0);
  });
});

describe('docs/shutdown.md', () => {
  test('a handler that runs when SIGTERM comes still answers', async () => {
    const service = run('drain.ts');
    const [address] = /ipc:\/\/\S+5555/.exec(await source('drain.ts')) ?? [''];
    const client = new RemoteClient({ connect: address, timeout: 20_000 });
    const answer = client.issueCall('slow', ['done']);
    await expect.poll(() => service.output, { timeout: 20_000 }).toContain('running');
    service.terminate();
    expect(await answer).toBe('DONE');
    expect(await service.ended()).toBe(0);
    await client.close();
  });
});

describe('docs/security.md', () => {
  test('CURVE lets the friend in and keeps the stranger out', async () => {
    const curve = run('curve.ts');
    await expectPromised('curve.ts', curve);
    expect(await curve.ended()).toBe(0);
  });
});

async function source(name: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(`${folder}/${name}`, 'utf8');
}
