import { type RemoteClient, RemoteRecordBuilder } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { vacantAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';
import { RawServer } from './raw-server.js';
import { Key, Type, header } from './wire.js';

/** A call that nobody answers, and whose end by the client's close concerns nobody. */
const ignore = (call: Promise<unknown>): void => void call.catch(() => undefined);

describe('the header of a request', () => {
  it('has the milliseconds that are left', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 60_000 });
    await client.connect();
    ignore(client.call.add(1, 2));
    const left = (await server.request()).header?.get(Key.TIMEOUT);
    expect(Number.isInteger(left)).toBe(true);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
  });

  it("has the call's own timeout rather than the client's", async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 60_000 });
    ignore(client.issueCall('add', [], { timeout: 30_000 }));
    expect((await server.request()).header?.get(Key.TIMEOUT)).toBeLessThanOrEqual(30_000);
  });

  it('has less left after the call has waited for a link', async () => {
    const address = await vacantAddress();
    const client = createClient({ connect: address, timeout: 60_000 });
    ignore(client.call.add(1, 2));
    const startedAt = performance.now();
    const waited = (): number => performance.now() - startedAt;
    await expect.poll(waited, { interval: 5 }).toBeGreaterThan(50);
    const missing = waited();
    const server = await RawServer.bind(address);
    const left = (await server.request()).header?.get(Key.TIMEOUT);
    expect(left).toBeLessThanOrEqual(Math.ceil(60_000 - missing));
  });

  it('is an empty map where there is no timeout and no metadata', async () => {
    const server = await RawServer.bind();
    ignore(createClient({ connect: server.address, timeout: 0 }).call.add(1, 2));
    const { header: head, payload } = await server.request();
    expect(head).toEqual(new Map());
    expect(payload.at(-1)).toBe(0xa0);
  });

  it('has the metadata', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    ignore(client.issueCall('add', [], { metadata: { tenant: 'a', traceparent: '00-1' } }));
    expect((await server.request()).header).toEqual(
      header({
        [Key.METADATA]: new Map([
          ['tenant', 'a'],
          ['traceparent', '00-1'],
        ]),
      }),
    );
  });
});

describe('the header of an event', () => {
  it('has metadata but no timeout', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 60_000 });
    client.emit('note', new RemoteRecordBuilder(1).setMetadata({ tenant: 'a' }).build());
    client.emit('note', 2);
    const heads = [
      (await server.inbox.next(Type.NOTIFICATION)).header,
      (await server.inbox.next(Type.NOTIFICATION)).header,
    ];
    expect(heads).toEqual([header({ [Key.METADATA]: new Map([['tenant', 'a']]) }), new Map()]);
  });
});

describe('without the extension, a client', () => {
  it('sends bare envelopes, whatever responses it gets', async () => {
    const server = await RawServer.bind();
    const client: RemoteClient = createClient({
      connect: server.address,
      extension: false,
      timeout: 0,
    });
    await server.introduce(client);
    ignore(client.issueCall('add', [1, 2], { timeout: 1000, metadata: { tenant: 'a' } }));
    await client.notify.note(1);
    await server.request();
    await server.inbox.next(Type.NOTIFICATION);
    for (const { messages } of server.inbox.payloads) {
      expect(messages).toHaveLength(1);
      expect(messages[0]?.header).toBeUndefined();
    }
  });

  it('takes the response of an extended server, and ignores its header', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, extension: false, timeout: 0 });
    const sum = firstValueFrom(client.send('add', 1));
    await server.respond(await server.request(), 3, header({ 99: 'later', [Key.ITEMS]: 5 }));
    expect(await sum).toBe(3);
  });
});
