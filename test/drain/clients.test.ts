import type { RemoteClient } from 'nestjs-remote';
import { setImmediate } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../e2e/transports.js';
import type { Received } from '../extension/inbox.js';
import { RawServer } from '../extension/raw-server.js';
import { Key, Type, header } from '../extension/wire.js';
import { vacantAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';
import { type HeldCalls, listenHeld } from './held-calls.js';

describe('a client of two servers, of which one drains', () => {
  /** Two servers that both have answered, and each has a call of `wait` under way. */
  async function startTwo() {
    const servers = [await listenHeld({}, 0), await listenHeld({}, 1)] as const;
    const client: RemoteClient = createClient({
      connect: servers.map(({ address }) => address),
      timeout: 0,
    });
    // Both links are up when calls have reached both.
    const asked = (): boolean => servers.every(({ held }) => held.asked > 0);
    await expect.poll(async () => (await client.call.who(), asked())).toBe(true);
    return { servers, client };
  }

  /** A call at the first server, told apart by its name. */
  async function callAtFirst(client: RemoteClient, held: HeldCalls, name: string) {
    const calls: { name: string; answer: Promise<unknown> }[] = [];
    for (let turn = 0; !calls.some((call) => held.isWaiting(call.name)); turn++) {
      const call = { name: `${name} ${turn}`, answer: client.call.wait(`${name} ${turn}`) };
      call.answer.catch(() => undefined);
      calls.push(call);
      await client.call.echo(turn);
      await client.call.echo(turn);
    }
    return calls.find((call) => held.isWaiting(call.name)) as (typeof calls)[number];
  }

  it('gets the responses in flight, and makes new calls at the other', async () => {
    const { servers, client } = await startTwo();
    const [{ held, server }] = servers;
    const [a, b] = [await callAtFirst(client, held, 'a'), await callAtFirst(client, held, 'b')];

    const closed = server.close();
    await setImmediate();
    // This answer comes after the goodbye.
    held.release(a.name);
    expect(await a.answer).toBe(a.name);
    const answering = await Promise.all(Array.from({ length: 20 }, () => client.call.who()));
    expect(new Set(answering)).toEqual(new Set([1]));
    held.release(b.name);
    expect(await b.answer).toBe(b.name);
    await closed;
    expect(await client.call.who()).toBe(1);
  });

  it('sends events to the other', async () => {
    const { servers, client } = await startTwo();
    const [first, second] = servers;
    const a = await callAtFirst(client, first.held, 'a');
    const b = await callAtFirst(client, first.held, 'b');

    const closed = first.server.close();
    await setImmediate();
    first.held.release(a.name);
    await a.answer;
    for (let event = 0; event < 10; event++) {
      await client.notify.note(event);
    }
    const all = Array.from({ length: 10 }, (_, event) => event);
    await expect.poll(() => second.held.events).toEqual(all);
    first.held.release(b.name);
    await closed;
    expect(first.held.events).toEqual([]);
  });
});

describe('a client of one server that drains', () => {
  /** A server that has said goodbye to a client whose call it will still answer. */
  async function startDraining() {
    const address = await vacantAddress();
    const server = await RawServer.bind(address);
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    await server.introduce(client);
    const inFlight: Promise<unknown> = client.issueCall('in flight');
    inFlight.catch(() => undefined);
    const first = await server.request();
    const noticed = client.issueCall('noticed');
    const second = await server.request();
    await server.goodbye(first);
    await server.respond(second, 'noticed');
    await noticed;
    return { address, server, client, inFlight, request: first };
  }

  const methods = (received: readonly Received[]): unknown[] =>
    received.filter(({ type }) => type === Type.REQUEST).map(({ envelope }) => envelope[2]);

  it('gets the responses in flight', async () => {
    const { server, inFlight, request } = await startDraining();
    await server.respond(request, 'answer');
    expect(await inFlight).toBe('answer');
  });

  it('gets the values of a stream that has begun', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    const outcome = outcomeOf(client.send('stream', 1));
    const request = await server.request();
    await server.item(request, 1);
    await server.goodbye(request);
    await server.item(request, 2);
    await server.respond(request, undefined, header({ [Key.ITEMS]: 2 }));
    expect(await outcome).toEqual({ values: [1, 2] });
  });

  it('holds new calls and events until a new server listens at the address', async () => {
    const { address, server, client, inFlight, request } = await startDraining();
    const call = client.call.held('call');
    const sent = firstValueFrom(client.send('held', 'send'));
    const event = client.notify.note('event');
    // They had their chance to leave before this answer is read.
    await server.respond(request, 'answer');
    await inFlight;
    server.close();

    const successor = await RawServer.bind(address);
    await successor.respond(await successor.request(), 1);
    await successor.respond(await successor.request(), 2);
    expect(await Promise.all([call, sent])).toEqual([1, 2]);
    await event;
    expect((await successor.inbox.next(Type.NOTIFICATION)).envelope).toEqual([
      2,
      'note',
      ['event'],
    ]);
    expect(methods(server.inbox.all)).toEqual(['introduce', 'in flight', 'noticed']);
    expect(server.inbox.of(Type.NOTIFICATION)).toEqual([]);
  });

  it('does not take its new server for extended before it receives from it', async () => {
    const { address, server, client, inFlight } = await startDraining();
    const ending = expect(inFlight).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const calls = Promise.allSettled([client.call.a(), client.call.b(), client.call.c()]);
    server.close();
    await ending;
    const successor = await RawServer.bind(address);
    for (let call = 0; call < 3; call++) {
      const request = await successor.request();
      expect(request.messages).toHaveLength(1);
      await successor.respond(request, call);
    }
    await calls;
  });

  it('ends a new call that waits longer than its timeout', async () => {
    const { server, client } = await startDraining();
    await expect(client.issueCall('held', [], { timeout: 100 })).rejects.toMatchObject({
      origin: 'local',
      code: expect.stringMatching(/^(?:UNAVAILABLE|DEADLINE_EXCEEDED)$/u) as string,
    });
    expect(methods(server.inbox.all)).not.toContain('held');
  });

  it('goes on with the next real server after the first has closed', async () => {
    const address = await vacantAddress();
    const first = await listenHeld({ bind: address });
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    const [a, b]: Promise<unknown>[] = [client.call.wait('a'), client.call.wait('b')];
    await expect.poll(() => first.held.isWaiting('b')).toBe(true);

    const closed = first.server.close();
    await setImmediate();
    first.held.release('a');
    expect(await a).toBe('a');
    const call = client.call.echo('held');
    first.held.release('b');
    expect(await b).toBe('b');
    await closed;
    await listenHeld({ bind: address });
    expect(await call).toBe('held');
  });
});

describe('a client of a draining service behind a router', () => {
  it('sends its calls as usual, one a payload, after the goodbye', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, address: 'svc', timeout: 0 });
    const introduced = await server.introduce(client);
    await server.goodbye(introduced);
    const stray = client.issueCall('stray', [], { address: 'other' });
    await server.respond(await server.request(), 'noticed');
    await stray;

    const calls = Promise.all([client.call.a(), client.call.b(), client.call.c()]);
    for (const answer of [1, 2, 3]) {
      const request = await server.request();
      expect(request.address.toString()).toBe('svc');
      expect(request.messages).toHaveLength(1);
      await server.respond(request, answer);
    }
    expect(await calls).toEqual([1, 2, 3]);
  });
});
