import { describe, expect, it } from 'vitest';
import type { RemoteClient } from 'nestjs-remote';
import { listen } from '../robustness/plain-service.js';
import { startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';
import { HAS_IPV6, type Names, nameServer } from '../support/names.js';

const NAME = 'peers.test';

/** Linux takes all of 127.0.0.0/8 as its own. */
const HAS_TWO_IPV4 = process.platform === 'linux';

/** The address of a name with the port of another address. */
const named = (address: string): string => `tcp://${NAME}:${address.split(':').at(-1)}`;

/** Two routers of one port, at two addresses. */
async function twoRouters(second: string) {
  const one = await startRouter();
  const backend = one.backend.replace('127.0.0.1', second);
  const other = await startRouter({ backend });
  return { one, other, connect: named(one.backend) };
}

describe.runIf(HAS_TWO_IPV4)('a service behind the routers of one name', () => {
  it('is reached by each of them', async () => {
    nameServer({ [NAME]: ['127.0.0.1', '127.0.0.2'] });
    const { one, other, connect } = await twoRouters('127.0.0.2');
    const requests = { who: () => Promise.resolve('me') };
    await listen({ requests }, { connect, identity: 'svc' });
    for (const { frontend, logs } of [one, other]) {
      await expect.poll(() => logs.join()).toContain('of svc at the backend');
      const client = createClient({ connect: frontend, address: 'svc' });
      expect(await client.issueCall('who')).toBe('me');
    }
  });

  it('leaves one whose address is gone when its calls have ended', async () => {
    const names: Names = { [NAME]: ['127.0.0.1'] };
    nameServer(names);
    const { one, other, connect } = await twoRouters('127.0.0.2');
    let release: ((value: string) => void) | undefined;
    const hold = (): Promise<string> => new Promise((resolve) => (release = resolve));
    const options = { connect, identity: 'svc', resolveInterval: 20 };
    const { server } = await listen({ requests: { hold } }, options);
    await expect.poll(() => one.logs.join()).toContain('of svc at the backend');
    const client = createClient({ connect: one.frontend, address: 'svc', timeout: 0 });
    const call = client.issueCall('hold');
    await expect.poll(() => release).toBeDefined();
    names[NAME] = ['127.0.0.2'];
    await expect.poll(() => other.logs.join()).toContain('of svc at the backend');
    expect(server.unwrap()).toHaveLength(2);
    release?.('held');
    expect(await call).toBe('held');
    await expect.poll(() => server.unwrap<unknown[]>().length).toBe(1);
  });
});

describe('a service behind a router of a name', () => {
  it.runIf(HAS_IPV6)('is reached where only its address of the other family is there', async () => {
    nameServer({ [NAME]: ['127.0.0.1', '::1'] });
    const { backend, logs } = await startRouter({ backend: 'tcp://[::1]:*' });
    await listen({}, { connect: named(backend), identity: 'svc' });
    await expect.poll(() => logs.join()).toContain('of svc at the backend');
  });

  it('listens again after it was closed', async () => {
    nameServer({ [NAME]: ['127.0.0.1'] });
    const { frontend, backend } = await startRouter();
    const requests = { who: () => Promise.resolve('me') };
    const { server } = await listen({ requests }, { connect: named(backend), identity: 'svc' });
    await server.close();
    await new Promise<void>((resolve) => server.listen(() => resolve()));
    const client = createClient({ connect: frontend, address: 'svc', timeout: 0 });
    const answers = async (): Promise<unknown> => client.issueCall('who').catch(() => undefined);
    await expect.poll(answers).toBe('me');
  });
});

/** Publishes until something has come, then once more, and returns what came of that. */
async function lastEvents(publisher: RemoteClient, received: unknown[]): Promise<unknown[]> {
  await expect
    .poll(async () => {
      await publisher.notify.news('are you there?');
      return received;
    })
    .toContain('are you there?');
  await publisher.notify.news('once');
  await publisher.notify.news('end');
  await expect.poll(() => received).toContain('end');
  return received.filter((event) => event === 'once');
}

/** A handler that keeps the events. */
function eventsTo(received: unknown[]) {
  return { news: (event: unknown) => Promise.resolve(received.push(event)) };
}

/** A publisher, and its address by name. */
async function publisherAt(bind: string): Promise<{ publisher: RemoteClient; connect: string }> {
  const publisher = createClient({ socket: 'pub', bind });
  await publisher.connect();
  const [socket] = publisher.unwrap<{ lastEndpoint: string }[]>();
  return { publisher, connect: named(socket?.lastEndpoint ?? '') };
}

describe('SUB', () => {
  it.runIf(HAS_IPV6)('gets an event once from a publisher at two addresses', async () => {
    nameServer({ [NAME]: ['::1', '127.0.0.1'] });
    const { publisher, connect } = await publisherAt('tcp://*:*');
    const received: unknown[] = [];
    await listen({ events: eventsTo(received) }, { socket: 'sub', connect });
    expect(await lastEvents(publisher, received)).toEqual(['once']);
  });

  it.runIf(HAS_IPV6)('gets events of a publisher that is there in one family only', async () => {
    nameServer({ [NAME]: ['127.0.0.1', '::1'] });
    const { publisher, connect } = await publisherAt('tcp://[::1]:*');
    const received: unknown[] = [];
    await listen({ events: eventsTo(received) }, { socket: 'sub', connect });
    expect(await lastEvents(publisher, received)).toEqual(['once']);
  });

  it.runIf(HAS_IPV6)('follows a publisher to another address', async () => {
    const names: Names = { [NAME]: ['127.0.0.1'] };
    nameServer(names);
    const received: unknown[] = [];
    const { publisher, connect } = await publisherAt('tcp://[::1]:*');
    const options = { connect, resolveInterval: 20 };
    await listen({ events: eventsTo(received) }, { socket: 'sub', ...options });
    names[NAME] = ['::1'];
    expect(await lastEvents(publisher, received)).toEqual(['once']);
  });
});

describe.runIf(HAS_TWO_IPV4)('SUB with a name of several publishers', () => {
  it('hears each of them once, as they come and go', async () => {
    const names: Names = { [NAME]: ['127.0.0.1'] };
    nameServer(names);
    const { publisher: first, connect } = await publisherAt('tcp://127.0.0.1:*');
    const { publisher: second } = await publisherAt(connect.replace(NAME, '127.0.0.2'));
    const received: unknown[] = [];
    const options = { connect, resolveInterval: 20 };
    await listen({ events: eventsTo(received) }, { socket: 'sub', ...options });
    expect(await lastEvents(first, received)).toEqual(['once']);
    names[NAME] = ['127.0.0.1', '127.0.0.2'];
    received.length = 0;
    expect(await lastEvents(second, received)).toEqual(['once']);
    received.length = 0;
    expect(await lastEvents(first, received)).toEqual(['once']);
    names[NAME] = ['127.0.0.2'];
    await expect
      .poll(async () => {
        received.length = 0;
        await first.notify.news('gone');
        return lastEvents(second, received).then(() => received.includes('gone'));
      })
      .toBe(false);
  });
});

describe('PUB', () => {
  it.runIf(HAS_IPV6)('follows a subscriber to another address', async () => {
    const names: Names = { [NAME]: ['127.0.0.1'] };
    nameServer(names);
    const received: unknown[] = [];
    const options = { socket: 'sub', bind: 'tcp://[::1]:*' } as const;
    const { address } = await listen({ events: eventsTo(received) }, options);
    const publisher = createClient({ socket: 'pub', connect: named(address), resolveInterval: 20 });
    await publisher.connect();
    names[NAME] = ['::1'];
    expect(await lastEvents(publisher, received)).toEqual(['once']);
  });

  it.runIf(HAS_IPV6)('reaches a subscriber that is there in one family only', async () => {
    nameServer({ [NAME]: ['127.0.0.1', '::1'] });
    const received: unknown[] = [];
    const options = { socket: 'sub', bind: 'tcp://[::1]:*' } as const;
    const { address } = await listen({ events: eventsTo(received) }, options);
    const publisher = createClient({ socket: 'pub', connect: named(address) });
    expect(await lastEvents(publisher, received)).toEqual(['once']);
  });

  it.runIf(HAS_IPV6)('reaches a subscriber at two addresses once', async () => {
    nameServer({ [NAME]: ['::1', '127.0.0.1'] });
    const received: unknown[] = [];
    const options = { socket: 'sub', bind: 'tcp://*:*' } as const;
    const { address } = await listen({ events: eventsTo(received) }, options);
    const publisher = createClient({ socket: 'pub', connect: named(address) });
    expect(await lastEvents(publisher, received)).toEqual(['once']);
  });
});
