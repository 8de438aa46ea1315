import type { RemoteClient } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { vacantAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';
import type { ReceivedPayload } from './inbox.js';
import { RawServer } from './raw-server.js';
import { Type, header } from './wire.js';

const KIBIBYTE = 1024;

/** Starts calls in one tick, which nobody answers; each carries its number. */
function burst(client: RemoteClient, calls: number, data: unknown = 0, address?: string): void {
  for (let number = 0; number < calls; number++) {
    const options = address === undefined ? {} : { address };
    client.issueCall('burst', [number, data], options).catch(() => undefined);
  }
}

/** The payloads of the burst, once all of it has come in order. */
async function payloadsOf(server: RawServer, calls: number): Promise<ReceivedPayload[]> {
  const numbers = (): unknown[] =>
    server.inbox.all
      .filter(({ envelope }) => envelope[2] === 'burst')
      .map(({ envelope }) => (envelope[3] as unknown[])[0]);
  await expect.poll(() => numbers().length).toBe(calls);
  expect(numbers()).toEqual(Array.from({ length: calls }, (_, number) => number));
  return server.inbox.payloads.filter(({ messages }) =>
    messages.some(({ envelope }) => envelope[2] === 'burst'),
  );
}

const counts = (payloads: readonly ReceivedPayload[]): number[] =>
  payloads.map(({ messages }) => messages.length);

async function start(options: { address?: string; extension?: boolean } = {}) {
  const at = await vacantAddress();
  const server = await RawServer.bind(at);
  const client: RemoteClient = createClient({ connect: at, timeout: 0, ...options });
  await client.connect();
  return { at, server, client };
}

const ones = (length: number): number[] => Array.from({ length }, () => 1);

describe('the calls of one tick', () => {
  it('travel one a payload before the first response', async () => {
    const { server, client } = await start();
    burst(client, 50);
    expect(counts(await payloadsOf(server, 50))).toEqual(ones(50));
  });

  it('travel in few payloads of at most 128 envelopes once the server is known to be extended', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    burst(client, 1000);
    const payloads = await payloadsOf(server, 1000);
    expect(Math.max(...counts(payloads))).toBeLessThanOrEqual(128);
    expect(payloads.length).toBeLessThanOrEqual(20);
  });

  it('have a header behind the first of each payload', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    burst(client, 300);
    for (const { messages } of await payloadsOf(server, 300)) {
      expect(messages[0]?.header).toBeInstanceOf(Map);
    }
  });

  it('travel in payloads of at most 64 KiB', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    burst(client, 100, 'x'.repeat(5 * KIBIBYTE));
    const payloads = await payloadsOf(server, 100);
    const sizes = payloads.map(({ payload }) => payload.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * KIBIBYTE);
    expect(payloads.length).toBeLessThanOrEqual(20);
  });

  it('travel alone when they are larger than that', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    burst(client, 5, 'x'.repeat(100 * KIBIBYTE));
    expect(counts(await payloadsOf(server, 5))).toEqual(ones(5));
  });

  it('travel with the events of that tick, in order', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const order = [];
    for (let number = 0; number < 20; number++) {
      client.issueCall('call', [number]).catch(() => undefined);
      client.notify.event(number).catch(() => undefined);
      order.push([Type.REQUEST, number], [Type.NOTIFICATION, number]);
    }
    await expect.poll(() => server.inbox.all.length).toBe(41);
    const received = server.inbox.all.slice(1);
    expect(received.map(({ type, envelope }) => [type, (envelope.at(-1) as unknown[])[0]])).toEqual(
      order,
    );
    expect(server.inbox.payloads.length).toBeLessThan(10);
  });

  it('travel one a payload without the extension', async () => {
    const { server, client } = await start({ extension: false });
    await server.introduce(client);
    burst(client, 50);
    expect(counts(await payloadsOf(server, 50))).toEqual(ones(50));
  });

  it('travel one a payload to an address that nothing is known of', async () => {
    const { server, client } = await start();
    await server.introduce(client, 'known');
    burst(client, 20, 0, 'unknown');
    expect(counts(await payloadsOf(server, 20))).toEqual(ones(20));
  });

  it('to two addresses never share a payload', async () => {
    const { server, client } = await start();
    await server.introduce(client, 'a');
    await server.introduce(client, 'b');
    for (let number = 0; number < 50; number++) {
      const address = number % 2 === 0 ? 'a' : 'b';
      client.issueCall(address, [number], { address }).catch(() => undefined);
    }
    await expect.poll(() => server.inbox.all.length).toBe(52);
    for (const { address, messages } of server.inbox.payloads.slice(2)) {
      expect(new Set(messages.map(({ envelope }) => envelope[2]))).toEqual(
        new Set([address.toString()]),
      );
    }
  });
});

describe('what a client knows of a server is forgotten', () => {
  it('after a payload without a header', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const call = client.call.base();
    await server.respond(await server.request(), 1, null);
    await call;
    burst(client, 20);
    expect(counts(await payloadsOf(server, 20))).toEqual(ones(20));
  });

  it('after a goodbye behind a router', async () => {
    const { server, client } = await start({ address: 'svc' });
    const introduced = await server.introduce(client);
    await server.goodbye(introduced);
    // An answer from elsewhere shows that the goodbye has been read.
    await server.introduce(client, 'other');
    burst(client, 20);
    expect(counts(await payloadsOf(server, 20))).toEqual(ones(20));
  });

  it('after a bounce', async () => {
    const { server, client } = await start({ address: 'svc' });
    await server.introduce(client);
    const call = client.call.bounced();
    const ending = expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const request = await server.request();
    await server.send(request, request.payload, 'unreachable');
    await ending;
    burst(client, 20);
    expect(counts(await payloadsOf(server, 20))).toEqual(ones(20));
  });

  it('after a call that timed out', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    await expect(client.issueCall('slow', [], { timeout: 50 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    burst(client, 20);
    expect(counts(await payloadsOf(server, 20))).toEqual(ones(20));
  });

  it('when the link is lost', async () => {
    const { at, server, client } = await start();
    await server.introduce(client);
    const lost = new Promise<void>((resolve) => client.on('disconnect', () => resolve()));
    server.close();
    await lost;
    burst(client, 20);
    const successor = await RawServer.bind(at);
    expect(counts(await payloadsOf(successor, 20))).toEqual(ones(20));
  });

  it('and learnt again from the next header', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const call = client.call.base();
    await server.respond(await server.request(), 1, null);
    await call;
    await server.introduce(client);
    burst(client, 100);
    expect((await payloadsOf(server, 100)).length).toBeLessThan(10);
  });

  it('but kept after responses with a header', async () => {
    const { server, client } = await start();
    await server.introduce(client);
    const call = client.call.extended();
    await server.respond(await server.request(), 1, header({ 99: 'later' }));
    await call;
    burst(client, 100);
    expect((await payloadsOf(server, 100)).length).toBeLessThan(10);
  });
});
