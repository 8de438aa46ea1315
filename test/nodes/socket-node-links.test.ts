import { afterEach, describe, expect, it } from 'vitest';
import { Dealer } from 'zeromq';
import { SocketNode, type SocketNodeOptions } from '../../lib/nodes/zeromq/socket-node.js';
import { type NodeRecorder, expectSoon, record, settle } from './node-recorder.js';

const opened: { close(): void }[] = [];

afterEach(() => opened.splice(0).forEach((node) => node.close()));

function nodeWith(options: SocketNodeOptions): SocketNode {
  const node = new SocketNode(options);
  opened.push(node);
  return node;
}

/** A peer that is connected and never reads. */
function silentPeer(routingId: string, addresses: readonly string[]): Dealer {
  const socket = new Dealer({ routingId, probeRouter: true, receiveHighWaterMark: 1, linger: 0 });
  opened.push(socket);
  addresses.forEach((address) => socket.connect(address));
  return socket;
}

async function router(socketOptions = {}): Promise<[SocketNode, NodeRecorder]> {
  const node = nodeWith({ type: 'router', bind: ['tcp://127.0.0.1:*'], socketOptions });
  return [node, await record(node)];
}

const to = Buffer.from('-');
const greetings = ({ messages }: NodeRecorder): string[] =>
  messages
    .filter(({ frames }) => frames.length === 1 && frames[0]?.length === 0)
    .map(({ address }) => String(address));

describe('an identity', () => {
  it('greets the ROUTER with an empty message', async () => {
    const [server, atServer] = await router();
    await record(nodeWith({ type: 'dealer', connect: server.addresses, identity: 'me' }));
    await expectSoon(() => greetings(atServer)).toEqual(['me']);
  });

  it('is taken over by a later client', async () => {
    const [server, atServer] = await router();
    const options = { type: 'dealer', connect: server.addresses, identity: 'me' } as const;
    await record(nodeWith(options));
    await expectSoon(() => greetings(atServer)).toEqual(['me']);
    const atSecond = await record(nodeWith(options));
    await expectSoon(() => greetings(atServer).length).toBe(2);
    await server.send([Buffer.from('hello')], Buffer.from('me'));
    await expectSoon(() => atSecond.messages.map(({ address }) => String(address))).toEqual([
      'hello',
    ]);
  });

  it('that nobody has cannot be sent to', async () => {
    const [server] = await router();
    await expect(server.send([to], Buffer.from('nobody'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the peer is not connected',
    });
  });

  it('is anonymous where none was given', () => {
    expect(nodeWith({ type: 'dealer' }).identity).toBe('(anonymous)');
    expect(nodeWith({ type: 'dealer', identity: 'me' }).identity).toBe('me');
  });
});

describe('a link', () => {
  it('is reported when it is up, lost and back', async () => {
    const [server] = await router();
    const bind = [...server.addresses];
    const recorder = await record(nodeWith({ type: 'dealer', connect: bind }));
    await expectSoon(() => recorder.links).toEqual(['up']);
    server.close();
    await expectSoon(() => recorder.links).toEqual(['up', 'down']);
    await record(nodeWith({ type: 'router', bind }));
    await expectSoon(() => recorder.links).toEqual(['up', 'down', 'up']);
  });
});

describe('topics', () => {
  it('are asked for and taken back on an open node, and kept for the next opening', async () => {
    const publisher = nodeWith({ type: 'pub', bind: ['inproc://topics'] });
    await record(publisher);
    const subscriber = nodeWith({ type: 'sub', connect: ['inproc://topics'], topics: ['end'] });
    const recorder = await record(subscriber);
    subscriber.subscribe('news');
    subscriber.subscribe('news');
    const publish = (topic: string): Promise<void> =>
      publisher.send([Buffer.from(topic)], Buffer.from(topic));
    await expectSoon(async () => {
      await publish('news');
      return recorder.payloads;
    }).toContain('news');
    subscriber.unsubscribe('news');
    subscriber.close();
    await subscriber.open(recorder);
    recorder.messages.length = 0;
    await expectSoon(async () => {
      await publish('news');
      await publish('end');
      return recorder.payloads;
    }).toContain('end');
    expect(recorder.payloads).not.toContain('news');
  });
});

describe('a peer that takes nothing for the sendTimeout', () => {
  it('makes the node reopen its transport, which then works on the same port', async () => {
    const [server, atServer] = await router({ sendTimeout: 50, sendHighWaterMark: 1 });
    const addresses = [...server.addresses];
    const slow = silentPeer('slow', addresses);
    await expectSoon(() => greetings(atServer)).toContain('slow');
    const content = Buffer.alloc(1024 * 1024);
    const sends = Array.from({ length: 60 }, () =>
      server.send([content], Buffer.from('slow')).catch((error: unknown) => error),
    );
    await expectSoon(() => atServer.errors.map(({ message }) => message)).toEqual([
      'node transport reopened',
    ]);
    expect(await Promise.all(sends)).toContainEqual(
      expect.objectContaining({ message: 'node transport reopened', code: 'UNAVAILABLE' }),
    );
    slow.close();
    await expectSoon(() => server.addresses).toEqual(addresses);
    const client = nodeWith({ type: 'dealer', connect: addresses });
    await record(client);
    await settle((text) => client.send([Buffer.from(text)], to), atServer);
  });

  it('does not bring a node back that was closed when it heard of it', async () => {
    const [server, atServer] = await router({ sendTimeout: 50, sendHighWaterMark: 1 });
    silentPeer('slow', server.addresses);
    await expectSoon(() => greetings(atServer)).toContain('slow');
    atServer.error = () => server.close();
    const content = Buffer.alloc(1024 * 1024);
    await Promise.allSettled(
      Array.from({ length: 60 }, () => server.send([content], Buffer.from('slow'))),
    );
    await expectSoon(() => server.closed).toBe(true);
    await server.open(atServer);
    expect(server.sockets).toHaveLength(1);
  });
});

it('leaves no socket open when it is closed', async () => {
  const [server] = await router();
  const sockets = [...server.sockets];
  server.close();
  expect(sockets).toMatchObject([{ closed: true }]);
});
