import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryNode, type MemoryNodeOptions } from '../../lib/nodes/memory/memory-node.js';
import { describeNode } from './node-contract.js';
import { type NodeRecorder, expectSoon, record } from './node-recorder.js';

describe('a MemoryNode', () => {
  describeNode(
    'between ROUTER and DEALER',
    () => ({
      server: new MemoryNode({ type: 'router', bind: ['memory://*'] }),
      client: (connect) => new MemoryNode({ type: 'dealer', connect, identity: 'client' }),
    }),
    { frames: true, largest: 1024 * 1024 },
  );

  describeNode(
    'from PUB to SUB',
    () => ({
      server: new MemoryNode({ type: 'pub', bind: ['memory://*'] }),
      client: (connect) => new MemoryNode({ type: 'sub', connect, topics: [''] }),
    }),
    { sender: 'server', frames: true, largest: 1024 * 1024 },
  );

  describeNode(
    'from a connected PUB to a bound SUB',
    () => ({
      server: new MemoryNode({ type: 'sub', bind: ['memory://*'], topics: [''] }),
      client: (connect) => new MemoryNode({ type: 'pub', connect }),
    }),
    { sender: 'client', frames: true, largest: 1024 * 1024 },
  );
});

async function open(options: MemoryNodeOptions): Promise<[MemoryNode, NodeRecorder]> {
  const node = new MemoryNode(options);
  onTestFinished(() => node.close());
  return [node, await record(node)];
}

const text = (words: string): Buffer[] => [Buffer.from(words)];
const to = Buffer.from('-');

describe('the connection of a MemoryNode', () => {
  it('is made when the other side comes, whichever is first', async () => {
    const address = `memory://${randomUUID()}`;
    const [, atClient] = await open({ type: 'dealer', connect: [address] });
    const [server] = await open({ type: 'router', bind: [address] });
    await expectSoon(() => atClient.links).toEqual(['up']);
    server.close();
    await expectSoon(() => atClient.links).toEqual(['up', 'down']);
    await open({ type: 'router', bind: [address] });
    await expectSoon(() => atClient.links).toEqual(['up', 'down', 'up']);
  });

  it('greets a ROUTER with an empty message, and takes leave with another', async () => {
    const [server, atServer] = await open({ type: 'router', bind: ['memory://*'] });
    const [client] = await open({
      type: 'dealer',
      connect: server.addresses,
      identity: 'me',
    });
    await expectSoon(() => atServer.messages.length).toBe(1);
    client.close();
    await expectSoon(() => atServer.messages.length).toBe(2);
    for (const { address, frames } of atServer.messages) {
      expect([String(address), frames.map(String)]).toEqual(['me', ['']]);
    }
  });

  it('delivers what was sent before a close', async () => {
    const [server, atServer] = await open({ type: 'router', bind: ['memory://*'] });
    const [client, atClient] = await open({ type: 'dealer', connect: server.addresses });
    await expectSoon(() => atClient.links).toEqual(['up']);
    await client.send(text('last words'), to);
    client.close();
    await expectSoon(() => atServer.payloads).toEqual(['last words']);
  });

  it('is that of the younger of two peers with one identity', async () => {
    const [server, atServer] = await open({ type: 'router', bind: ['memory://*'] });
    const options: MemoryNodeOptions = {
      type: 'dealer',
      connect: server.addresses,
      identity: 'me',
    };
    const [older, atOlder] = await open(options);
    await expectSoon(() => atOlder.links).toEqual(['up']);
    const [younger, atYounger] = await open(options);
    await expectSoon(() => atYounger.links).toEqual(['up']);
    await older.send(text('from the older'), to);
    await younger.send(text('from the younger'), to);
    await expectSoon(() => atServer.payloads).toEqual(['from the younger']);
    await server.send([to, ...text('answer')], Buffer.from('me'));
    await expectSoon(() => atYounger.payloads).toEqual(['answer']);
    expect(atOlder.payloads).toEqual([]);
  });

  it('carries copies: neither side sees what the other does to its bytes', async () => {
    const [server, atServer] = await open({ type: 'router', bind: ['memory://*'] });
    const [client] = await open({ type: 'dealer', connect: server.addresses });
    const sent = Buffer.from('original');
    await client.send([sent], to);
    sent.fill('x');
    await expectSoon(() => atServer.payloads).toEqual(['original']);
  });

  it('holds a sender back that is faster than one message of many a turn', async () => {
    const [server, atServer] = await open({ type: 'router', bind: ['memory://*'] });
    const [client, atClient] = await open({ type: 'dealer', connect: server.addresses });
    await expectSoon(() => atClient.links).toEqual(['up']);
    const sent = Array.from({ length: 1000 }, (_, index) => client.send(text(`${index}`), to));
    const first = await Promise.race([Promise.all(sent), sent[0]]);
    expect(first).toBeUndefined();
    expect(client.sendCount).toBeLessThan(1000);
    await Promise.all(sent);
    await expectSoon(() => atServer.payloads.length).toBe(1000);
  });

  it('takes of a PUB what begins with a topic alone', async () => {
    const [publisher] = await open({ type: 'pub', bind: ['memory://*'] });
    const [subscriber, atSubscriber] = await open({ type: 'sub', connect: publisher.addresses });
    subscriber.subscribe('log');
    await expectSoon(async () => {
      await publisher.send(text('no'), Buffer.from('other'));
      await publisher.send(text('yes'), Buffer.from('log.a'));
      return atSubscriber.payloads.at(-1);
    }).toBe('yes');
    expect(atSubscriber.payloads).not.toContain('no');
  });

  it('is refused between types that cannot talk to each other', async () => {
    const [server] = await open({ type: 'pub', bind: ['memory://*'] });
    const [, atClient] = await open({ type: 'dealer', connect: server.addresses });
    await expectSoon(() => atClient.errors).toMatchObject([
      { code: 'INVALID_ARGUMENT', message: expect.stringContaining('is a PUB') },
    ]);
    expect(atClient.links).toEqual([]);
  });
});

describe('the address of a MemoryNode', () => {
  it('that is taken is named when it cannot be bound', async () => {
    const [server] = await open({ type: 'router', bind: ['memory://*'] });
    const [address = ''] = server.addresses;
    await expect(open({ type: 'router', bind: [address] })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(address),
      context: { errno: 'EADDRINUSE' },
    });
  });

  it.each([
    [{ bind: ['tcp://127.0.0.1:*'] }, 'leaves the process'],
    [{ connect: ['memory://*'] }, 'has no name'],
    [{ connect: ['memory://'] }, 'is not an address'],
  ])('%j is refused', (addresses, reason) => {
    expect(() => new MemoryNode({ type: 'router', ...addresses })).toThrow(reason);
  });
});
