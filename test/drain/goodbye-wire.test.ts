import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE } from '../../lib/nodes/create-node.js';
import type { Received } from '../extension/inbox.js';
import { RawClient } from '../extension/raw-client.js';
import { Key, Type, header, readSequence, sequence } from '../extension/wire.js';
import { RawDatagrams } from '../udp/raw-datagrams.js';
import { listenHeld } from './held-calls.js';

/** An extended sender that answers when it is asked whether it has read everything. */
function connect(address: string): RawClient {
  const peer = new RawClient(address);
  peer.answerPings().catch(() => undefined); // Its socket is closed by the end of the test.
  return peer;
}

const goodbyes = ({ inbox }: RawClient): number => inbox.of(Type.GOODBYE).length;

const untilLost = (peer: RawClient): Promise<void> =>
  expect.poll(() => peer.hasLostLink).toBe(true);

describe('a server that closes', () => {
  it('says goodbye, [5] with a header, to an extended sender with a call in flight', async () => {
    const { held, server, address } = await listenHeld();
    const peer = connect(address);
    await peer.request(7, 'wait', ['a']);
    await expect.poll(() => held.isWaiting('a')).toBe(true);

    const closed = server.close();
    const goodbye = await peer.inbox.next();
    // With the engine net it no longer listens.
    expect(goodbye.payload.toString('hex')).toBe(
      DEFAULT_ENGINE === 'net' ? '8105a109f5' : '8105a0',
    );
    expect(goodbye.address.toString()).toBe('-');
    held.release('a');
    await closed;
  });

  it('responds to what is in flight after its GOODBYE', async () => {
    const { held, server, address } = await listenHeld();
    const peer = connect(address);
    await peer.request(7, 'wait', ['a']);
    await expect.poll(() => held.isWaiting('a')).toBe(true);

    const closed = server.close();
    await peer.inbox.next(Type.GOODBYE);
    held.release('a');
    await closed;
    await untilLost(peer);
    const envelopes = peer.inbox.of(Type.GOODBYE, Type.RESPONSE).map(({ envelope }) => envelope);
    expect(envelopes).toEqual([[5], [1, 7, null, 'a']]);
  });

  it('goes on with a stream that has begun', async () => {
    const { held, server, address } = await listenHeld();
    const peer = connect(address);
    await peer.request(7, 'stream');
    await expect.poll(() => held.stream.observed).toBe(true);
    held.stream.next(1);
    await peer.inbox.next(Type.ITEM);

    const closed = server.close();
    await peer.inbox.next(Type.GOODBYE);
    held.stream.next(2);
    expect((await peer.inbox.next(Type.ITEM)).envelope).toEqual([3, 7, 2]);
    held.stream.complete();
    await closed;
    const end = (await peer.inbox.untilAnswered(7)).at(-1);
    expect(end?.envelope).toEqual([1, 7, null, undefined]);
    expect(end?.header?.get(Key.ITEMS)).toBe(2);
  });

  it('sends GOODBYE to an extended sender that got a response lately', async () => {
    const { server, address } = await listenHeld();
    const peer = connect(address);
    await peer.call('echo', [1]);
    await server.close();
    await untilLost(peer);
    expect(goodbyes(peer)).toBe(1);
  });

  it('says goodbye once to a sender with many calls', async () => {
    const { held, server, address } = await listenHeld();
    const peer = connect(address);
    await peer.call('echo', [1]);
    for (const [id, name] of ['a', 'b', 'c'].entries()) {
      await peer.request(id, 'wait', [name]);
      await expect.poll(() => held.isWaiting(name)).toBe(true);
    }
    const closed = server.close();
    void server.close();
    await peer.inbox.next(Type.GOODBYE);
    ['a', 'b', 'c'].forEach((name) => held.release(name));
    await closed;
    await untilLost(peer);
    expect(goodbyes(peer)).toBe(1);
    expect(peer.inbox.of(Type.RESPONSE)).toHaveLength(4);
  });

  it('says goodbye to each sender', async () => {
    const { server, address } = await listenHeld();
    const peers = [connect(address), connect(address), connect(address)];
    await Promise.all(peers.map((peer) => peer.call('echo', [1])));
    await server.close();
    await Promise.all(peers.map(untilLost));
    expect(peers.map(goodbyes)).toEqual([1, 1, 1]);
  });

  it('says nothing of that to a base sender', async () => {
    const { held, server, address } = await listenHeld();
    const [base, extended] = [connect(address), connect(address)];
    await base.call('echo', [1], null);
    await base.request(7, 'wait', ['a'], null);
    await extended.call('echo', [1]);
    await expect.poll(() => held.isWaiting('a')).toBe(true);

    const closed = server.close();
    await extended.inbox.next(Type.GOODBYE);
    held.release('a');
    await closed;
    await untilLost(base);
    expect(goodbyes(base)).toBe(0);
    expect(base.inbox.answersTo(7).map(({ envelope }) => envelope)).toEqual([[1, 7, null, 'a']]);
  });

  it('sends no GOODBYE to a sender that never got a response', async () => {
    const { held, server, address } = await listenHeld();
    const [silent, peer] = [connect(address), connect(address)];
    await silent.send(sequence([Type.NOTIFICATION, 'note', [1]], header()));
    await expect.poll(() => held.events).toEqual([1]);
    await peer.call('echo', [1]);
    await server.close();
    await untilLost(silent);
    expect(goodbyes(silent)).toBe(0);
  });

  it('says nothing of that without the extension', async () => {
    const { server, address } = await listenHeld({ extension: false });
    const peer = connect(address);
    await peer.call('echo', [1]);
    await server.close();
    await untilLost(peer);
    expect(goodbyes(peer)).toBe(0);
  });

  it('says nothing of that over UDP', async () => {
    const { held, server, address } = await listenHeld({ bind: 'udp://127.0.0.1:*' });
    const peer = await RawDatagrams.bind();
    await peer.send(sequence([0, 1, 'echo', [1]], header()), address);
    await peer.send(sequence([0, 2, 'wait', ['a']], header()), address);
    await expect.poll(() => held.isWaiting('a')).toBe(true);

    const closed = server.close();
    // What the server has to say it has said before this answer.
    await peer.send(sequence([0, 3, 'echo', [3]], header()), address);
    await expect.poll(() => peer.received.length).toBe(2);
    held.release('a');
    await closed;
    await expect.poll(() => peer.received.length).toBe(3);
    const types = peer.received.flatMap(({ datagram }) =>
      readSequence(datagram).map(({ envelope }) => envelope[0]),
    );
    expect(types).toEqual([1, 1, 1]);
  });
});

describe('a server that has sent its last responses', () => {
  const pong = (ping: Received): Buffer => sequence([Type.PONG, ping.envelope[1]], header());

  it('asks an extended sender whether it has read them, and listens until it has', async () => {
    const { held, server, address } = await listenHeld();
    const peer = new RawClient(address);
    await peer.request(7, 'wait', ['a']);
    await expect.poll(() => held.isWaiting('a')).toBe(true);
    const closed = server.close();
    held.release('a');
    const ping = await peer.inbox.next(Type.PING);
    expect(peer.inbox.all.map(({ type }) => type)).toEqual([
      Type.GOODBYE,
      Type.RESPONSE,
      Type.PING,
    ]);

    const late = await peer.call('echo', [1]);
    expect(late.header?.get(Key.CODE)).toBe('UNAVAILABLE');
    await peer.send(pong(ping));
    // What it was sent since, too.
    await peer.send(pong(await peer.inbox.next(Type.PING)));
    await closed;
    await untilLost(peer);
  });

  it('asks no base sender', async () => {
    const { server, address } = await listenHeld();
    const peer = new RawClient(address);
    await peer.call('echo', [1], null);
    await server.close();
    await untilLost(peer);
    expect(peer.inbox.of(Type.PING)).toEqual([]);
  });

  it('closes when a sender never answers', async () => {
    const { server, address } = await listenHeld();
    const peer = new RawClient(address);
    await peer.call('echo', [1]);
    await server.close();
    await untilLost(peer);
    expect(peer.inbox.of(Type.PING)).toHaveLength(1);
  });
});

describe('a request that still comes to a draining server', () => {
  it.each([
    ['a base client', null],
    ['an extended client', header()],
  ])('is answered with UNAVAILABLE: to %s', async (_, head) => {
    const { held, server, address } = await listenHeld();
    const peer = connect(address);
    await peer.request(7, 'wait', ['a']);
    await expect.poll(() => held.isWaiting('a')).toBe(true);
    const closed = server.close();
    await peer.inbox.next(Type.GOODBYE);

    const answer = await peer.call('echo', [1], head);
    expect(answer.envelope[2]).toEqual([expect.any(String), expect.anything()]);
    expect(answer.envelope[3]).toBeNull();
    expect(answer.header?.get(Key.CODE)).toBe('UNAVAILABLE');
    held.release('a');
    await closed;
  });

  it('does not run, and what is in flight gets its response all the same', async () => {
    const { held, server, address } = await listenHeld();
    const peer = connect(address);
    await peer.request(7, 'wait', ['a']);
    await expect.poll(() => held.isWaiting('a')).toBe(true);
    const closed = server.close();
    await peer.call('wait', ['b']);
    expect(held.isWaiting('b')).toBe(false);
    held.release('a');
    await closed;
    expect((await peer.inbox.untilAnswered(7)).at(-1)?.envelope[3]).toBe('a');
  });

  it('does not end a request in flight whose id it repeats', async () => {
    const { held, server, address } = await listenHeld();
    const peer = connect(address);
    await peer.request(7, 'wait', ['a']);
    await expect.poll(() => held.isWaiting('a')).toBe(true);
    const closed = server.close();
    await peer.inbox.next(Type.GOODBYE);
    await peer.request(7, 'wait', ['a']);
    await expect.poll(() => server.dropCounts.get('request that is already running')).toBe(1);
    held.release('a');
    await closed;
    expect((await peer.inbox.untilAnswered(7)).at(-1)?.envelope[3]).toBe('a');
  });
});
