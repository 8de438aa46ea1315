import { setImmediate } from 'node:timers/promises';
import { type RemoteClient } from 'nestjs-remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RawClient } from '../extension/raw-client.js';
import { RawServer } from '../extension/raw-server.js';
import { Type, header, sequence } from '../extension/wire.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { echo, hang, listen } from '../robustness/plain-service.js';
import { startChildService } from '../robustness/processes.js';
import { createClient } from '../support/nest.js';

const HEARTBEAT = 250;
/** For peers in other processes, which the system may leave waiting for a while. */
const SLOW_HEARTBEAT = 500;

/** A client behind a cable, which knows that its server is extended. */
async function connectThrough(
  address: string,
): Promise<{ client: RemoteClient; cable: TcpProxy; lost: string[] }> {
  const cable = await TcpProxy.open();
  onTestFinished(() => cable.close());
  cable.leadTo(address);
  const client = createClient({ connect: cable.address, timeout: 0, heartbeat: HEARTBEAT });
  const lost: string[] = [];
  client.on('disconnect', (_name, reason) => lost.push(reason));
  expect(await client.call.echo(1)).toBe(1);
  return { client, cable, lost };
}

/** Answers every PING of a client, and counts them. */
function answerPings(server: RawServer): { count: number } {
  const pings = { count: 0 };
  const answer = async (): Promise<void> => {
    for (;;) {
      const ping = await server.inbox.next(Type.PING);
      pings.count++;
      await server.send(ping, sequence([Type.PONG, ping.envelope[1]], header()));
    }
  };
  answer().catch(() => undefined); // Closed by the end of the test.
  return pings;
}

/** Resolves when a client of this heartbeat would have sent several PINGs. */
async function severalBeats(): Promise<void> {
  const server = await RawServer.bind();
  const pings = answerPings(server);
  const client = createClient({ connect: server.address, timeout: 0, heartbeat: HEARTBEAT });
  await server.introduce(client);
  client.call.hang().catch(() => undefined);
  await expect.poll(() => pings.count).toBeGreaterThan(5);
}

describe('a link that swallows everything', () => {
  it('is lost while a call is in flight, and made anew', async () => {
    const { address } = await listen({ requests: { echo, hang } });
    const { client, cable, lost } = await connectThrough(address);
    const call = client.call.hang();
    cable.hold();
    await expect(call).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('nothing came for 750 ms (option heartbeat)'),
    });
    expect(lost).toHaveLength(1);
    cable.release();
    expect(await client.call.echo(2)).toBe(2);
  });

  it('is lost though another call times out meanwhile', async () => {
    const { address } = await listen({ requests: { echo, hang } });
    const { client, cable } = await connectThrough(address);
    const call = client.call.hang();
    cable.hold();
    const short = client.issueCall('hang', [], { timeout: 1 });
    await expect(short).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is lost over inproc:// too, where libzmq reports nothing', async () => {
    const server = await RawServer.bind('inproc://vanishing');
    const client = createClient({ connect: server.address, timeout: 0, heartbeat: HEARTBEAT });
    await server.introduce(client);
    const call = client.call.hang();
    await server.request();
    server.close();
    await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is not lost while nothing is in flight', async () => {
    const { address } = await listen({ requests: { echo } });
    const { client, cable, lost } = await connectThrough(address);
    cable.hold();
    await severalBeats();
    expect(lost).toEqual([]);
    cable.release();
    expect(await client.call.echo(2)).toBe(2);
  });
});

describe('a server that is busy', () => {
  it('keeps its link while it answers PINGs', async () => {
    const server = await RawServer.bind();
    const pings = answerPings(server);
    const client = createClient({ connect: server.address, timeout: 0, heartbeat: HEARTBEAT });
    const lost: string[] = [];
    client.on('disconnect', (_name, reason) => lost.push(reason));
    await server.introduce(client);
    const call = client.call.work();
    const request = await server.request();
    await expect.poll(() => pings.count).toBeGreaterThan(5);
    await server.respond(request, 'done');
    expect(await call).toBe('done');
    expect(lost).toEqual([]);
  });

  it('keeps its link while it sends values, without being asked', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0, heartbeat: HEARTBEAT });
    await server.introduce(client);
    let values = 0;
    client.send('ticks', 0).subscribe({ next: () => values++, error: () => undefined });
    const request = await server.request();
    const timer = setInterval(() => void server.item(request, 1), 5);
    onTestFinished(() => clearInterval(timer));
    await severalBeats();
    expect(values).toBeGreaterThan(5);
  });

  it('keeps its link to a client whose own event loop is blocked again and again', async () => {
    const service = await startChildService();
    const client = createClient({
      connect: service.address,
      timeout: 0,
      heartbeat: SLOW_HEARTBEAT,
    });
    const lost: string[] = [];
    client.on('disconnect', (_name, reason) => lost.push(reason));
    await client.call.echo(1);
    const call: Promise<string> = client.call.hang().catch(String);
    for (let round = 0; round < 6; round++) {
      block(1.5 * SLOW_HEARTBEAT);
      await setImmediate();
    }
    expect(await Promise.race([call, client.call.echo('alive')])).toBe('alive');
    expect(lost).toEqual([]);
  });
});

describe('a server that never showed the extension', () => {
  it('gets no PING', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0, heartbeat: HEARTBEAT });
    const introduction = client.call.introduce();
    await server.respond(await server.request(), 'base', null);
    await introduction;
    const call = client.call.work();
    const request = await server.request();
    await severalBeats();
    expect(server.inbox.of(Type.PING)).toEqual([]);
    await server.respond(request, 'done', null);
    expect(await call).toBe('done');
  });
});

describe('a client with heartbeat: 0', () => {
  it('sends no PING', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0, heartbeat: 0 });
    await server.introduce(client);
    client.call.work().catch(() => undefined);
    await severalBeats();
    expect(server.inbox.of(Type.PING)).toEqual([]);
  });
});

describe('a PING', () => {
  it('is answered by a server, with the same token', async () => {
    const { address } = await listen({ requests: { echo } });
    const peer = new RawClient(address);
    await peer.send(sequence([Type.PING, 70_000], header()));
    const pong = await peer.inbox.next(Type.PONG);
    expect(pong.envelope).toEqual([Type.PONG, 70_000]);
    expect(pong.header).toEqual(header());
  });

  it('is answered by a client', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address });
    const request = await server.introduce(client);
    await server.send(request, sequence([Type.PING, 7], header()));
    expect((await server.inbox.next(Type.PONG)).envelope).toEqual([Type.PONG, 7]);
  });

  it('is not answered without the extension', async () => {
    const { address, server } = await listen(
      { requests: { echo } },
      { bind: 'tcp://127.0.0.1:*', extension: false },
    );
    const peer = new RawClient(address);
    await peer.send(sequence([Type.PING, 7], header()));
    await peer.call('echo', [1]);
    expect(peer.inbox.of(Type.PONG)).toEqual([]);
    expect(server.dropCounts.size).toBe(0);
  });
});

/** Keeps this process from doing anything else, for so many milliseconds. */
function block(time: number): void {
  const end = performance.now() + time;
  while (performance.now() < end);
}
