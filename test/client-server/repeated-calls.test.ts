import { type RemoteClient, RemoteCallError, RemoteRecordBuilder } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { RawServer } from '../extension/raw-server.js';
import { Key, Type, header, sequence } from '../extension/wire.js';
import { creditsOf } from '../robustness/inside.js';
import { createClient } from '../support/nest.js';

const LOST = { code: 'UNAVAILABLE', origin: 'local' };

/** A client of a server, which it knows to be extended. */
async function connectTo(server: RawServer, options: object = {}): Promise<RemoteClient> {
  const client = createClient({ connect: server.address, timeout: 0, ...options });
  await server.introduce(client);
  return client;
}

/** Ends a server without a word. @returns another one at its address */
function replace(server: RawServer): Promise<RawServer> {
  server.close();
  return RawServer.bind(server.address);
}

describe('an idempotent call', () => {
  test('is repeated with another id, so that no late response is taken for it', async () => {
    const server = await RawServer.bind();
    const client = await connectTo(server);
    const call = client.issueCall('work', [1, 'two'], { idempotent: true });
    const request = await server.request();
    const successor = await replace(server);
    const repeated = await successor.request();
    expect(repeated.envelope[1]).not.toBe(request.envelope[1]);
    expect(repeated.envelope.slice(2)).toEqual(['work', [1, 'two']]);
    await successor.respond({ ...repeated, envelope: request.envelope }, 'late');
    await successor.respond(repeated, 'in time');
    expect(await call).toBe('in time');
    expect(client.dropCounts.get('late response')).toBe(1);
  });

  test('with an attachment is repeated with the same bytes', async () => {
    const server = await RawServer.bind();
    const client = await connectTo(server);
    const bytes = Buffer.alloc(64 * 1024, 7);
    const call = client.issueCall('work', [bytes], { idempotent: true });
    expect((await server.request()).attached).toHaveLength(1);
    const successor = await replace(server);
    const repeated = await successor.request();
    expect(repeated.envelope[3]).toEqual([bytes]);
    await successor.respond(repeated, 'done');
    expect(await call).toBe('done');
  });

  test('whose values have begun is not repeated', async () => {
    const server = await RawServer.bind();
    const client = await connectTo(server, { idempotent: true });
    const values: unknown[] = [];
    const ended = new Promise((resolve) => {
      client.send('stream', 1).subscribe({ next: (value) => values.push(value), error: resolve });
    });
    await server.item(await server.request(), 'first');
    await expect.poll(() => values).toEqual(['first']);
    server.close();
    expect(await ended).toMatchObject(LOST);
  });

  test('is repeated within a budget of 100 and a tenth of the calls', async () => {
    const server = await RawServer.bind();
    const client = await connectTo(server, { idempotent: ['work'] });
    const calls = Array.from({ length: 150 }, () =>
      client.issueCall('work').catch((error: unknown) => error),
    );
    await expect.poll(() => server.inbox.of(Type.REQUEST).length).toBe(151);
    const successor = await replace(server);
    await expect.poll(() => successor.inbox.of(Type.REQUEST).length).toBe(115);
    for (const request of successor.inbox.of(Type.REQUEST)) {
      await successor.respond(request, 'done');
    }
    const ends = await Promise.all(calls);
    const lost = ends.filter((end) => end instanceof RemoteCallError);
    expect(lost).toHaveLength(35);
    expect(lost[0]).toMatchObject(LOST);
  });
});

describe('a call is idempotent', () => {
  test.each<[string, object, (client: RemoteClient) => Promise<unknown>]>([
    ['by its option', {}, (client) => client.issueCall('work', [], { idempotent: true })],
    [
      'by its record',
      {},
      (client) =>
        firstValueFrom(client.send('work', new RemoteRecordBuilder(1).setIdempotent().build())),
    ],
    ['by its method', { idempotent: ['work'] }, (client) => client.call.work()],
    [
      'by a function of its method',
      { idempotent: (method: string) => method.startsWith('w') },
      (client) => client.call.work(),
    ],
    ['by its client', { idempotent: true }, (client) => client.call.work()],
  ])('%s', async (_how, options, issue) => {
    const server = await RawServer.bind();
    const client = await connectTo(server, options);
    const call = issue(client);
    await server.request();
    const successor = await replace(server);
    await successor.respond(await successor.request(), 'done');
    expect(await call).toBe('done');
  });

  test.each<[string, object, (client: RemoteClient) => Promise<unknown>]>([
    ['unmarked', {}, (client) => client.call.work()],
    ['of another method', { idempotent: ['other'] }, (client) => client.call.work()],
    [
      'that says that it is not, of a client whose calls are',
      { idempotent: true },
      (client) => client.issueCall('work', [], { idempotent: false }),
    ],
  ])('only where it is marked: one %s ends with its loss', async (_which, options, issue) => {
    const server = await RawServer.bind();
    const client = await connectTo(server, options);
    const call = issue(client);
    const ended = expect(call).rejects.toMatchObject(LOST);
    await server.request();
    server.close();
    await ended;
  });

  test('only by true or false', async () => {
    const client = createClient('tcp://127.0.0.1:1');
    await expect(
      client.issueCall('work', [], { idempotent: 'yes' as unknown as boolean }),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('give true or false') as unknown,
    });
  });
});

test('a call that a server has refused waits for another one that has no room', async () => {
  const servers = [await RawServer.bind(), await RawServer.bind()];
  const client = createClient({ connect: servers.map(({ address }) => address), timeout: 0 });
  await client.connect();
  await expect.poll(() => client.links.map(({ state }) => state)).toEqual(['ready', 'ready']);
  /** How many requests each has got. */
  const counts = (): number[] => servers.map(({ inbox }) => inbox.of(Type.REQUEST).length);
  /** The server that has got more requests than the other. */
  const busier = (): RawServer => servers[counts()[0]! > counts()[1]! ? 0 : 1]!;

  const first = client.call.work();
  await expect.poll(() => counts().includes(1)).toBe(true);
  const narrow = busier();
  const held = await narrow.request();
  // Room for one, which is taken: the next call goes to the other server, which refuses it.
  await narrow.send(held, sequence([Type.HELLO, new Map()], header({ [Key.CREDIT]: 1 })));
  await expect.poll(() => creditsOf(client)).toContain(1);
  const second = client.call.work();
  await expect.poll(counts).toEqual([1, 1]);
  const refusing = servers.find((server) => server !== narrow)!;
  const refused = await refusing.request();
  await refusing.send(
    refused,
    sequence(
      [Type.RESPONSE, refused.envelope[1], ['too much to do', {}], null],
      header({ [Key.CODE]: 'RESOURCE_EXHAUSTED', [Key.REFUSED]: true }),
    ),
  );
  await expect.poll(() => client.links.reduce((sum, link) => sum + link.inFlight, 0)).toBe(1);
  await narrow.respond(held, 'first');
  expect(await first).toBe('first');
  await expect.poll(counts).toContain(2);
  const server = busier();
  await server.respond(await server.request(), 'second');
  expect(await second).toBe('second');
});
