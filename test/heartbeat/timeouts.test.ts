import { describe, expect, it } from 'vitest';
import type { RemoteClient } from 'nestjs-remote';
import { RawServer } from '../extension/raw-server.js';
import { Type, header, sequence } from '../extension/wire.js';
import { vacantAddress } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';

const HEARTBEAT = 250;
/** So long that no beat comes within a test. */
const NEVER = 1_000_000;

const TIMED_OUT = { code: 'DEADLINE_EXCEEDED' };
const VANISHED = {
  code: 'UNAVAILABLE',
  message: expect.stringContaining('nothing came for 750 ms (option heartbeat)') as string,
};

/** A client of a server that answers nothing by itself, and the reasons for which its links were lost. */
async function connectTo(
  kind: 'base' | 'extended',
  heartbeat: number,
): Promise<{ server: RawServer; client: RemoteClient; lost: string[] }> {
  const server = await RawServer.bind();
  const client = createClient({ connect: server.address, timeout: 0, heartbeat });
  const lost: string[] = [];
  client.on('disconnect', (_name, reason) => lost.push(reason));
  const introduction = client.call.introduce();
  await server.respond(await server.request(), 'here', kind === 'base' ? null : header());
  await introduction;
  return { server, client, lost };
}

/** Resolves when a client would have been quiet for several beats. */
async function severalBeats(): Promise<void> {
  const { server, client } = await connectTo('extended', HEARTBEAT);
  await expect(client.call.hang()).rejects.toMatchObject(VANISHED);
  server.close();
}

describe.each(['base', 'extended'] as const)('a call of a %s server that times out', (kind) => {
  it.each([0, NEVER])('ends no younger call, with heartbeat: %i', async (heartbeat) => {
    const { server, client, lost } = await connectTo(kind, heartbeat);
    const elder = client.issueCall('hang', [], { timeout: 50 });
    const elderEnded = expect(elder).rejects.toMatchObject(TIMED_OUT);
    await server.request();
    const younger = client.call.work();
    const request = await server.request();
    await elderEnded;
    await server.respond(request, 'done', kind === 'base' ? null : header());
    expect(await younger).toBe('done');
    expect(lost).toEqual([]);
  });
});

describe('a link on which every call times out', () => {
  it('is made anew with the last of them where nobody can be asked', async () => {
    const { server, client, lost } = await connectTo('base', HEARTBEAT);
    const calls = [50, 100, 150].map((timeout) => client.issueCall('hang', [], { timeout }));
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(TIMED_OUT)));
    await expect.poll(() => lost).toEqual(['nothing came for 150 ms']);
    expect(server.inbox.of(Type.PING)).toEqual([]);
  });

  it('is made anew once its server answers no PING, though nothing is in flight', async () => {
    const { client, lost } = await connectTo('extended', HEARTBEAT);
    await expect(client.issueCall('hang', [], { timeout: 50 })).rejects.toMatchObject(TIMED_OUT);
    await expect.poll(() => lost).toEqual([VANISHED.message]);
  });

  it('stays while its server answers the PING that is sent at once', async () => {
    const { server, client, lost } = await connectTo('extended', NEVER);
    await expect(client.issueCall('hang', [], { timeout: 50 })).rejects.toMatchObject(TIMED_OUT);
    const ping = await server.inbox.next(Type.PING);
    await server.send(ping, sequence([Type.PONG, ping.envelope[1]], header()));
    const call = client.call.work();
    await server.request();
    await server.respond(await server.request(), 'done');
    expect(await call).toBe('done');
    expect(lost).toEqual([]);
  });
});

describe('a server that vanishes', () => {
  it('is noticed by a call that has waited several beats for its link', async () => {
    const address = await vacantAddress();
    const client = createClient({ connect: address, timeout: 0, heartbeat: HEARTBEAT });
    const ended = expect(client.call.hang()).rejects.toMatchObject(VANISHED);
    await severalBeats();
    const server = await RawServer.bind(address);
    await server.greet();
    await server.request();
    await ended;
  });

  it('is noticed by a stream whose first value comes after several beats', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0, heartbeat: HEARTBEAT });
    const values: unknown[] = [];
    const ended = new Promise((resolve) => {
      client.send('ticks', 0).subscribe({ next: (value) => values.push(value), error: resolve });
    });
    const request = await server.request();
    await severalBeats();
    await server.item(request, 1);
    expect(await ended).toMatchObject(VANISHED);
    expect(values).toEqual([1]);
  });
});
