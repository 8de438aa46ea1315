import type { RemoteClient } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import type { Received } from './inbox.js';
import { RawServer } from './raw-server.js';
import { Key, Type, type WireHeader, header, sequence } from './wire.js';

const creditOf = (credit: number): WireHeader => header({ [Key.CREDIT]: credit });

/** A client that a server has told its credit. */
async function limited(credit: number, options: { timeout?: number; extension?: boolean } = {}) {
  const server = await RawServer.bind();
  const client = createClient({ connect: server.address, timeout: 0, ...options });
  await tell(server, client, credit);
  return { server, client };
}

/** Answers one call of a client, and tells it its credit. */
async function tell(server: RawServer, client: RemoteClient, credit: number, address?: string) {
  const told = client.issueCall('introduce', [], address === undefined ? {} : { address });
  await server.respond(await server.request(), 'limited', creditOf(credit));
  await told;
}

/** Makes a call, whose end by the client's close concerns nobody. */
function start(client: RemoteClient, name: string): Promise<unknown> {
  const ended = client.issueCall(name);
  ended.catch(() => undefined);
  return ended;
}

/** Makes calls of these names, which nobody awaits. */
function call(client: RemoteClient, ...names: string[]): void {
  names.forEach((name) => void start(client, name));
}

/** The names of the calls that have left until now: an event is sent behind them. */
async function sentBy(client: RemoteClient, server: RawServer): Promise<unknown[]> {
  await firstValueFrom(client.emit('mark', 1));
  await server.inbox.next(Type.NOTIFICATION);
  return server.inbox
    .of(Type.REQUEST)
    .map(({ envelope }) => envelope[2])
    .filter((name) => name !== 'introduce');
}

const methodOf = ({ envelope }: Received): unknown => envelope[2];

describe('a client with credit', () => {
  it('has as many requests in flight, and holds the others back', async () => {
    const { server, client } = await limited(2);
    call(client, 'a', 'b', 'c');
    expect(await sentBy(client, server)).toEqual(['a', 'b']);
  });

  it('sends the next one when another has ended', async () => {
    const { server, client } = await limited(2);
    const first = start(client, 'a');
    call(client, 'b', 'c', 'd');
    await server.respond(await server.request(), 1, creditOf(2));
    await first;
    expect(await sentBy(client, server)).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['a value', (id: unknown) => [Type.ITEM, id, 1]],
    ['a PING', () => [Type.PING, 1]],
    ['a PONG', () => [Type.PONG, 1]],
    ['a greeting', () => [Type.HELLO, new Map()]],
  ])('sends more when %s tells it of more credit', async (_, envelopeOf) => {
    const { server, client } = await limited(1);
    call(client, 'a', 'b', 'c');
    const first = await server.request();
    await server.send(first, sequence(envelopeOf(first.envelope[1]), creditOf(2)));
    expect(methodOf(await server.request())).toBe('b');
    expect(await sentBy(client, server)).toEqual(['a', 'b']);
  });

  it.each([
    ['a header without credit', header()],
    ['no header', null],
  ])('has no limit after %s', async (_, head) => {
    const { server, client } = await limited(1);
    call(client, 'a', 'b', 'c', 'd');
    await server.respond(await server.request(), 1, head);
    const others = [await server.request(), await server.request(), await server.request()];
    expect(others.map(methodOf)).toEqual(['b', 'c', 'd']);
  });

  it('of 0 has one request in flight, which brings news', async () => {
    const { server, client } = await limited(0);
    call(client, 'a', 'b');
    expect(await sentBy(client, server)).toEqual(['a']);
    await server.respond(await server.request(), 1, creditOf(0));
    expect(methodOf(await server.request())).toBe('b');
  });

  it('sends the next one when it gives another up', async () => {
    const { server, client } = await limited(1);
    const cancelled = client.send('a', 1).subscribe();
    call(client, 'b');
    await server.request();
    cancelled.unsubscribe();
    expect(methodOf(await server.request())).toBe('b');
  });

  it('lets a new call wait behind those that it holds back', async () => {
    const { server, client } = await limited(1);
    const then = start(client, 'a').then(() => call(client, 'd'));
    call(client, 'b', 'c');
    for (const name of ['a', 'b', 'c', 'd']) {
      const request = await server.request();
      expect(methodOf(request)).toBe(name);
      await server.respond(request, 1, creditOf(1));
      await then;
    }
  });

  it('tells the caller why a call was held back for its whole timeout', async () => {
    const { server, client } = await limited(1);
    call(client, 'a');
    await expect(client.issueCall('b', [], { timeout: 50 })).rejects.toMatchObject({
      message: `'b' was not sent: ${server.address} had too much to do to take it within 50 ms (option timeout)`,
      code: 'RESOURCE_EXHAUSTED',
      origin: 'local',
    });
    expect(await sentBy(client, server)).toEqual(['a']);
  });

  it('sends what it holds back when its link is made anew', async () => {
    const { server, client } = await limited(1);
    call(client, 'a', 'b', 'c');
    await server.request();
    server.close();
    const next = await RawServer.bind(server.address);
    expect([await next.request(), await next.request()].map(methodOf)).toEqual(['b', 'c']);
  });

  it('gives calls to another server that has room', async () => {
    const servers = [await RawServer.bind(), await RawServer.bind()] as const;
    const client = createClient({ connect: servers.map(({ address }) => address), timeout: 0 });
    let links = 0;
    client.on('connect', () => links++);
    await client.connect();
    await expect.poll(() => links).toBe(2);
    call(client, 'introduce', 'introduce');
    const [one, other] = await Promise.all(servers.map((server) => server.request()));
    await servers[0].respond(one as Received, 1, creditOf(1));
    await servers[1].respond(other as Received, 1);
    const greeting = { identity: one!.identity, address: one!.address };
    await servers[0].send(greeting, sequence([Type.PING, 1], creditOf(1)));
    await servers[0].inbox.next(Type.PONG);
    call(client, 'a', 'b', 'c', 'd', 'e');
    await servers[0].request();
    for (let taken = 0; taken < 4; taken++) {
      await servers[1].request();
    }
    expect(servers.map(({ inbox }) => inbox.of(Type.REQUEST).length)).toEqual([2, 5]);
  });

  it('has it at one service behind a router, and not at the others', async () => {
    const router = await RawServer.bind();
    const client = createClient({ connect: router.address, timeout: 0 });
    await tell(router, client, 1, 'busy');
    for (const address of ['busy', 'free', 'busy', 'free']) {
      void client.issueCall('work', [], { address }).catch(() => undefined);
    }
    const sent = [await router.request(), await router.request(), await router.request()];
    expect(sent.map(({ address }) => String(address)).toSorted()).toEqual(['busy', 'free', 'free']);
    // What goes to one address keeps its order.
    await client.issueCall('mark', [], { address: 'busy', notification: true });
    await router.inbox.next(Type.NOTIFICATION);
    expect(router.inbox.of(Type.REQUEST)).toHaveLength(4);
  });

  it('heeds none without the extension', async () => {
    const { server, client } = await limited(1, { extension: false });
    call(client, 'a', 'b', 'c');
    expect(await sentBy(client, server)).toEqual(['a', 'b', 'c']);
  });
});

it('a client that closes ends the calls that it holds back', async () => {
  const { client } = await limited(1);
  call(client, 'a');
  const held = start(client, 'b');
  await client.close();
  await expect(held).rejects.toMatchObject({ code: 'CANCELLED' });
});
