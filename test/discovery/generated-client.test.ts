import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import {
  RemoteCallError,
  RemoteClient,
  RemoteServer,
  type ServerGenerator,
  type ServerList,
  curveKeyPair,
  curveServer,
} from 'nestjs-remote';
import { describe, expect, it, vi } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { vacantAddress } from '../robustness/processes.js';
import { startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';
import { nameServer } from '../support/names.js';

/** The lists that a generator yields, which a test may add to. */
class Lists {
  /** How often it was called. */
  calls = 0;
  /** What became of those that were called. */
  readonly endings: string[] = [];
  private wake: (() => void) | undefined;

  constructor(private readonly waiting: (ServerList | Error)[] = []) {}

  add(...lists: (ServerList | Error)[]): void {
    this.waiting.push(...lists);
    this.wake?.();
  }

  /** Yields each list, and throws each error. Then it waits for more. */
  readonly resolve: ServerGenerator = async function* (this: Lists, signal: AbortSignal) {
    this.calls++;
    signal.addEventListener('abort', () => this.wake?.());
    try {
      while (!signal.aborted) {
        const next = this.waiting.shift();
        if (next instanceof Error) {
          throw next;
        }
        if (next) {
          yield next;
        } else {
          await new Promise<void>((resolve) => (this.wake = resolve));
        }
      }
    } finally {
      this.endings.push(signal.aborted ? 'aborted' : 'thrown');
    }
  }.bind(this);
}

/** A server that says its address. */
async function startServer(): Promise<string> {
  let own = '';
  const { address } = await listen({ requests: { who: () => Promise.resolve(own) } });
  return (own = address);
}

async function answering(client: RemoteClient): Promise<string[]> {
  const calls = Array.from({ length: 10 }, () =>
    client.issueCall<string>('who', [], { timeout: 0 }),
  );
  return [...new Set(await Promise.all(calls))].toSorted();
}

function errorsOf(client: RemoteClient): RemoteCallError[] {
  const errors: RemoteCallError[] = [];
  client.on('error', (error) => errors.push(error));
  return errors;
}

describe('a client with a generator of servers', () => {
  it('calls those of its latest list, and logs the changes', async () => {
    const log = vi.spyOn(Logger.prototype, 'log');
    const [one, other] = await Promise.all([startServer(), startServer()]);
    const lists = new Lists([[one]]);
    const client = createClient({ resolve: lists.resolve });
    expect(await answering(client)).toEqual([one]);
    lists.add([one, other]);
    await expect.poll(() => answering(client)).toEqual([one, other].toSorted());
    lists.add([other]);
    await expect.poll(() => answering(client)).toEqual([other]);
    expect(log.mock.calls.map(([text]) => text as string)).toEqual([
      `the servers have changed; joined: ${other}`,
      `the servers have changed; left: ${one}`,
    ]);
  });

  it('shows what is told of a server', async () => {
    const address = await startServer();
    const record = { address, priority: 1, weight: 2, zone: 'a', instance: 'i', version: '3' };
    const client = createClient({ resolve: new Lists([[record]]).resolve });
    await client.connect();
    expect(client.links).toMatchObject([record]);
  });

  it('looks names up in its addresses, and keeps those of names that stay', async () => {
    const [one, other] = await Promise.all([startServer(), startServer()]);
    const names = { 'one.test': ['127.0.0.1'], 'other.test': ['127.0.0.1'] };
    nameServer(names);
    const named = one.replace('127.0.0.1', 'one.test');
    const lists = new Lists([[named]]);
    const client = createClient({ resolve: lists.resolve });
    expect(await answering(client)).toEqual([one]);
    names['one.test'] = ['127.0.0.9'];
    lists.add([named, other.replace('127.0.0.1', 'one.test')]);
    await expect.poll(() => answering(client)).toEqual([one, other].toSorted());
  });

  it('keeps the last list of one that ends', async () => {
    const address = await startServer();
    const client = createClient({
      async *resolve() {
        yield [address];
      },
    });
    expect(await answering(client)).toEqual([address]);
    expect(client.links).toHaveLength(1);
  });

  it('keeps its servers while it throws, calls it again, and reports it', async () => {
    const [one, other] = await Promise.all([startServer(), startServer()]);
    const lists = new Lists([[one]]);
    const client = createClient({ resolve: lists.resolve });
    const errors = errorsOf(client);
    expect(await answering(client)).toEqual([one]);
    const cause = new Error('the registry is down');
    lists.add(cause, cause);
    await expect.poll(() => lists.calls).toBe(3);
    expect(errors).toMatchObject([
      {
        code: 'UNAVAILABLE',
        message: 'cannot find servers: resolve has failed: the registry is down',
        cause,
      },
    ]);
    expect(await answering(client)).toEqual([one]);
    lists.add([other]);
    await expect.poll(() => answering(client)).toEqual([other]);
  });

  it('keeps its servers when it cannot even be called', async () => {
    const address = await startServer();
    let calls = 0;
    const client = createClient({
      resolve(signal) {
        if (calls++ === 0) {
          throw new Error('not yet');
        }
        return new Lists([[address]]).resolve(signal);
      },
    });
    const errors = errorsOf(client);
    expect(await answering(client)).toEqual([address]);
    expect(errors.map(({ message }) => message)).toEqual([
      'cannot find servers: resolve has failed: not yet',
    ]);
  });

  it.each([
    [{}, 'resolve.address undefined is not an address'],
    [{ address: 1 }, 'resolve.address 1 is not an address'],
    ['http://a', 'resolve "http://a" is not an address'],
    ['udp://127.0.0.1:1', `option resolve: "udp://127.0.0.1:1" cannot be used`],
    ['dns+srv://a.test', 'resolve "dns+srv://a.test" is not an address'],
    ['tcp://*:1', 'resolve "tcp://*:1" names no host'],
    [{ address: 'tcp://a:1', weight: 0 }, 'option resolve.weight: 0 cannot be used'],
    [{ address: 'tcp://a:1', priority: 0.5 }, 'option resolve.priority: 0.5 cannot be used'],
    [{ address: 'tcp://a:1', zone: 1 }, 'option resolve.zone: 1 cannot be used'],
    [null, 'option resolve: null cannot be used'],
  ])('reports %j, which is no server, and calls the others', async (item, message) => {
    const address = await startServer();
    const client = createClient({ resolve: new Lists([[item as string, address]]).resolve });
    const errors = errorsOf(client);
    expect(await answering(client)).toEqual([address]);
    expect(errors).toMatchObject([
      { code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) },
    ]);
    expect(client.links).toHaveLength(1);
  });

  it('reports what is no list, and keeps its servers', async () => {
    const address = await startServer();
    const lists = new Lists([[address], 'tcp://a:1' as never, [address]]);
    const client = createClient({ resolve: lists.resolve });
    const errors = errorsOf(client);
    expect(await answering(client)).toEqual([address]);
    await expect
      .poll(() => errors)
      .toMatchObject([
        {
          code: 'INVALID_ARGUMENT',
          message: `option resolve: "tcp://a:1" cannot be used; yield a list, such as ['tcp://host:port']`,
        },
      ]);
    expect(await answering(client)).toEqual([address]);
  });

  it('reports a function that is no generator', async () => {
    const resolve = (() => Promise.resolve([])) as unknown as ServerGenerator;
    const client = createClient({ resolve, timeout: 50 });
    const errors = errorsOf(client);
    await expect(client.connect()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('no connection to the servers of resolve within 50 ms'),
    });
    expect(errors).toMatchObject([
      { code: 'INVALID_ARGUMENT', message: expect.stringContaining('async function*') },
    ]);
  });

  it('ends it when it closes, and calls it anew when it is used again', async () => {
    const address = await startServer();
    const lists = new Lists([[address]]);
    const client = createClient({ resolve: lists.resolve });
    expect(await answering(client)).toEqual([address]);
    await client.close();
    await expect.poll(() => lists.endings).toEqual(['aborted']);
    lists.add([address]);
    expect(await answering(client)).toEqual([address]);
    expect(lists.calls).toBe(2);
  });

  it('ends what waits without a look at its signal when it yields next', async () => {
    const address = await startServer();
    let returned = 0;
    let next = 0;
    const resolve: ServerGenerator = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () =>
          next++ === 0
            ? Promise.resolve({ done: false, value: [address] })
            : new Promise(() => undefined),
        return: () => {
          returned++;
          return Promise.reject(new Error('too late'));
        },
      }),
    });
    const client = createClient({ resolve });
    expect(await answering(client)).toEqual([address]);
    await client.close();
    expect(returned).toBe(1);
  });

  it('calls it no more when it closes while that fails', async () => {
    let calls = 0;
    const client = createClient({
      resolve() {
        calls++;
        throw new Error('down');
      },
      timeout: 0,
    });
    errorsOf(client);
    const connecting = client.connect();
    await expect.poll(() => calls).toBeGreaterThan(2);
    await client.close();
    await expect(connecting).rejects.toMatchObject({ code: 'CANCELLED' });
    const before = calls;
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(before);
  });
});

describe('the option resolve', () => {
  const { resolve } = new Lists();
  const client = (options: object) => () => new RemoteClient(options);

  it('is a function', () => {
    expect(client({ resolve: ['tcp://a:1'] })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(
          /^option resolve: \["tcp:\/\/a:1"\] cannot be used; give a func/,
        ),
      }),
    );
  });

  it('is not given beside connect', () => {
    const message = /^option resolve: a function cannot be used; leave out connect/;
    expect(client({ resolve, connect: 'tcp://a:1' })).toThrow(message);
    expect(() => new RemoteServer({ resolve, connect: 'tcp://a:1', identity: 'svc' })).toThrow(
      message,
    );
  });

  it('is not for a server that listens', () => {
    expect(() => new RemoteServer({ resolve, bind: 'tcp://a:1' })).toThrow(
      /^socket type not allowed: a ROUTER server binds/,
    );
  });

  it('may have an address of a service behind its routers', () => {
    expect(client({ resolve, address: 'svc' })).not.toThrow();
  });

  it('is not secured by what is for those that listen', () => {
    const security = curveServer({ secretKey: curveKeyPair().secretKey, allow: [] });
    expect(client({ resolve, security })).toThrow(
      /curveServer is for what listens; to connect to the servers of resolve give curveClient/,
    );
  });
});

it('a call that waits for a server keeps the process alive until its timeout', () => {
  const script = fileURLToPath(new URL('../fixtures/waiting-call.mjs', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'UNAVAILABLE\n' });
});

describe('a generator of servers', () => {
  it('leaves time for calls, and for the end, also where it never waits', async () => {
    const address = await startServer();
    let isOver = false;
    const resolve: ServerGenerator = async function* () {
      try {
        for (;;) {
          yield [address];
        }
      } finally {
        isOver = true;
      }
    };
    const client = createClient({ resolve });
    expect(await answering(client)).toEqual([address]);
    await client.close();
    await expect.poll(() => isOver).toBe(true);
  });

  it('leads a service to its routers, as they come and go', async () => {
    const [one, other] = [await startRouter(), await startRouter()];
    const lists = new Lists([[one.backend]]);
    await listen({ requests: { echo } }, { resolve: lists.resolve, identity: 'svc' });
    await expect.poll(() => one.logs.join()).toContain('of svc at the backend');
    lists.add([other.backend]);
    await expect.poll(() => other.logs.join()).toContain('of svc at the backend');
    const behind = createClient({ connect: other.frontend, address: 'svc' });
    expect(await behind.issueCall('echo', [1])).toBe(1);
    await expect.poll(() => one.logs.join()).toContain('svc');
  });

  it('ends when the server closes', async () => {
    const { backend } = await startRouter();
    const lists = new Lists([[backend]]);
    const options = { resolve: lists.resolve, identity: 'svc' };
    const { server } = await listen({ requests: { echo } }, options);
    await server.close();
    await expect.poll(() => lists.endings).toEqual(['aborted']);
  });

  it('leads a publisher to its subscribers, whatever else it yields, also when it opens again', async () => {
    const received: unknown[] = [];
    const events = { tick: (data: unknown) => Promise.resolve(received.push(data)) };
    const { address } = await listen({ events }, { socket: 'sub', bind: 'tcp://127.0.0.1:*' });
    const resolve: ServerGenerator = async function* () {
      yield ['memory://elsewhere', address];
    };
    const publisher = createClient({ socket: 'pub', resolve });
    const errors = errorsOf(publisher);
    for (const round of [1, 2]) {
      await publisher.connect();
      await expect
        .poll(() => {
          publisher.emit('tick', round).subscribe({ error: () => undefined });
          return received.at(-1);
        })
        .toBe(round);
      await publisher.close();
    }
    expect(errors.map(({ message }) => message).join()).toMatch(/memory:\/\/elsewhere/);
  });

  it('leads a subscriber to its publishers', async () => {
    const received: unknown[] = [];
    const events = { tick: (data: unknown) => Promise.resolve(received.push(data)) };
    const address = await vacantAddress();
    const publisher = createClient({ socket: 'pub', bind: address });
    await publisher.connect();
    const { resolve } = new Lists([[address]]);
    await listen({ events }, { socket: 'sub', resolve });
    await expect
      .poll(() => {
        publisher.emit('tick', 1).subscribe({ error: () => undefined });
        return received.length;
      })
      .toBeGreaterThan(0);
  });
});
