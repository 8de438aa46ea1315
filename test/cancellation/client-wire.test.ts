import type { RemoteClient } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { RawServer } from '../extension/raw-server.js';
import { Key, Type, header, sequence } from '../extension/wire.js';
import { vacantAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';

async function start(): Promise<{ server: RawServer; client: RemoteClient }> {
  const server = await RawServer.bind();
  const client: RemoteClient = createClient({ connect: server.address, timeout: 0 });
  return { server, client };
}

/** A call that leaves after all that was sent before it, and whose coming shows that. */
async function untilArrived(server: RawServer, client: RemoteClient): Promise<void> {
  client.issueCall('last').catch(() => undefined);
  while ((await server.request()).envelope[2] !== 'last');
}

/** What base peers do not know. */
const extensionTypes = (server: RawServer): unknown[] =>
  server.inbox.of(Type.ITEM, Type.CANCEL, Type.GOODBYE).map(({ envelope }) => envelope);

describe('to a server that is known to be extended, a client', () => {
  it('sends [4, id] with a header when a call is unsubscribed', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const subscription = client.send('stream', 1).subscribe();
    const request = await server.request();
    subscription.unsubscribe();
    const cancel = await server.inbox.next(Type.CANCEL);
    expect(cancel.envelope).toEqual([4, request.envelope[1]]);
    expect(cancel.messages[0]?.header).toEqual(new Map());
    expect(cancel.address).toEqual(request.address);
    expect(cancel.identity).toEqual(request.identity);
  });

  it('sends it for an aborted signal', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const controller = new AbortController();
    const call = client.issueCall('stream', [], { signal: controller.signal });
    const ending = expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    const request = await server.request();
    controller.abort();
    await ending;
    const cancel = await server.inbox.next(Type.CANCEL);
    expect(cancel.envelope).toEqual([4, request.envelope[1]]);
  });

  it('sends one for each call in flight when it closes', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const calls = Promise.allSettled([client.call.a(), client.call.b(), client.call.c()]);
    const requests = [await server.request(), await server.request(), await server.request()];
    await client.close();
    await calls;
    const cancelled = [];
    for (const _ of requests) {
      cancelled.push((await server.inbox.next(Type.CANCEL)).envelope[1]);
    }
    expect(new Set(cancelled)).toEqual(new Set(requests.map(({ envelope }) => envelope[1])));
  });

  it('sends one to each address for itself', async () => {
    const { server, client } = await start();
    await server.introduce(client, 'a');
    await server.introduce(client, 'b');
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Promise.allSettled([
      client.issueCall('stream', [], { address: 'a', signal }),
      client.issueCall('stream', [], { address: 'b', signal }),
    ]);
    const requests = [await server.request(), await server.request()];
    controller.abort();
    await calls;
    for (const request of requests) {
      const cancel = await server.inbox.next(Type.CANCEL);
      expect([cancel.address.toString(), cancel.envelope[1]]).toEqual([
        request.address.toString(),
        request.envelope[1],
      ]);
    }
  });

  it('sends none for a call that got its response', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    let hasEnded = false;
    const subscription = client.send('stream', 1).subscribe({ complete: () => (hasEnded = true) });
    const request = await server.request();
    await server.item(request, 1);
    await server.respond(request, undefined, header({ [Key.ITEMS]: 1 }));
    await expect.poll(() => hasEnded).toBe(true);
    subscription.unsubscribe();
    await untilArrived(server, client);
    expect(extensionTypes(server)).toEqual([]);
  });

  it('sends one only once for a call', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const subscription = client.send('stream', 1).subscribe();
    await server.request();
    subscription.unsubscribe();
    subscription.unsubscribe();
    await untilArrived(server, client);
    expect(server.inbox.of(Type.CANCEL)).toHaveLength(1);
  });

  it('drops the values that come after it', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const values: unknown[] = [];
    const subscription = client.send('stream', 1).subscribe((value) => values.push(value));
    const request = await server.request();
    subscription.unsubscribe();
    await server.inbox.next(Type.CANCEL);
    await server.item(request, 'late');
    await server.respond(request, 'late', header({ [Key.ITEMS]: 1 }));
    await server.introduce(client);
    expect(values).toEqual([]);
    expect(client.dropCounts.get('response to no call')).toBeUndefined();
  });
});

describe('to a server that is not known to be extended, a client', () => {
  it('sends no CANCEL', async () => {
    const { server, client } = await start();
    const first = client.call.first();
    await server.respond(await server.request(), 1, null);
    expect(await first).toBe(1);
    const subscription = client.send('stream', 1).subscribe();
    await server.request();
    subscription.unsubscribe();
    await untilArrived(server, client);
    await client.close();
    expect(extensionTypes(server)).toEqual([]);
  });

  it('sends the CANCEL of the very first call after the first response with a header', async () => {
    const { server, client } = await start();
    const subscription = client.send('stream', 1).subscribe();
    const request = await server.request();
    subscription.unsubscribe();
    await untilArrived(server, client);
    expect(extensionTypes(server)).toEqual([]);
    await server.introduce(client);
    const cancel = await server.inbox.next(Type.CANCEL);
    expect(cancel.envelope).toEqual([4, request.envelope[1]]);
  });

  it('sends no CANCEL after a response without a header', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const second = client.call.second();
    await server.respond(await server.request(), 2, null);
    expect(await second).toBe(2);
    const subscription = client.send('stream', 1).subscribe();
    await server.request();
    subscription.unsubscribe();
    await untilArrived(server, client);
    expect(extensionTypes(server)).toEqual([]);
  });

  it('sends no CANCEL to one address for what it knows of another', async () => {
    const { server, client } = await start();
    await server.introduce(client, 'a');
    const controller = new AbortController();
    const call = client.issueCall('stream', [], { address: 'b', signal: controller.signal });
    const ending = expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await server.request();
    controller.abort();
    await ending;
    await untilArrived(server, client);
    expect(extensionTypes(server)).toEqual([]);
  });
});

describe('a call that ends before it was sent', () => {
  it('leaves nothing to send', async () => {
    const address = await vacantAddress();
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    const subscription = client.send('never sent', 1).subscribe();
    const last = client.call.last();
    subscription.unsubscribe();
    const server = await RawServer.bind(address);
    await server.respond(await server.request(), 'answer');
    expect(await last).toBe('answer');
    await server.introduce(client);
    expect(server.inbox.all.map(({ envelope: [type, , method] }) => [type, method])).toEqual([
      [Type.REQUEST, 'last'],
      [Type.REQUEST, 'introduce'],
    ]);
  });

  it('because its signal was aborted before leaves nothing to send', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const call = client.issueCall('never sent', [], { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await untilArrived(server, client);
    expect(server.inbox.all.map(({ envelope }) => envelope[2])).toEqual(['introduce', 'last']);
  });
});

describe('a client without the extension', () => {
  it('sends no CANCEL and no header, whatever responses it gets', async () => {
    const server = await RawServer.bind();
    const client: RemoteClient = createClient({
      connect: server.address,
      timeout: 0,
      extension: false,
    });
    await server.introduce(client);
    const subscription = client.send('stream', 1).subscribe();
    const request = await server.request();
    subscription.unsubscribe();
    await server.send(request, sequence([1, request.envelope[1], null, 1], header()));
    await untilArrived(server, client);
    expect(extensionTypes(server)).toEqual([]);
    expect(server.inbox.all.every(({ header: head }) => head === undefined)).toBe(true);
  });
});
