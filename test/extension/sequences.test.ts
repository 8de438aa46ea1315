import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { RawClient } from './raw-client.js';
import { RawServer } from './raw-server.js';
import { Key, Type, header, hex, sequence } from './wire.js';

async function start() {
  const events: unknown[] = [];
  const metadata: unknown[] = [];
  const { server, address } = await listen({
    requests: {
      echo: async (data: unknown, context: { getMetadata(): unknown }) => {
        metadata.push(context.getMetadata());
        return data;
      },
      several: async () => of(1, 2),
    },
    events: { note: async (data: unknown) => void events.push(data) },
  });
  const malformed = (): number => server.dropCounts.get('malformed message') ?? 0;
  return { server, peer: new RawClient(address), events, metadata, malformed };
}

const request = (id: number, data: unknown): unknown[] => [Type.REQUEST, id, 'echo', [data]];
const event = (data: unknown): unknown[] => [Type.NOTIFICATION, 'note', [data]];

describe('a payload of several envelopes', () => {
  it('has all of them take effect, in order', async () => {
    const { peer, events } = await start();
    await peer.send(
      sequence(event(1), header(), request(7, 'a'), header(), event(2), request(8, 'b'), event(3)),
    );
    expect((await peer.inbox.untilAnswered(7)).at(-1)?.envelope[3]).toBe('a');
    expect((await peer.inbox.untilAnswered(8)).at(-1)?.envelope[3]).toBe('b');
    await expect.poll(() => events).toEqual([1, 2, 3]);
  });

  it('gives each envelope its own header', async () => {
    const { peer, metadata } = await start();
    const head = (text: string) => header({ [Key.METADATA]: { text } });
    await peer.send(
      sequence(request(1, 0), head('one'), request(2, 0), request(3, 0), head('three')),
    );
    await peer.inbox.untilAnswered(3);
    expect(metadata).toEqual([{ text: 'one' }, undefined, { text: 'three' }]);
  });

  it('is of an extended sender in each of its envelopes, though later ones have no header', async () => {
    const { peer } = await start();
    await peer.send(sequence(request(1, 0), header(), [Type.REQUEST, 2, 'several', []]));
    const answers = await peer.inbox.untilAnswered(2);
    expect(answers.map(({ envelope }) => envelope)).toEqual([
      [Type.ITEM, 2, 1],
      [Type.RESPONSE, 2, null, 2],
    ]);
  });

  it('may have unknown header keys, which are ignored', async () => {
    const { peer, malformed } = await start();
    const head = header({ 23: 'later', 99: { deep: [1, { er: null }] }, 65535: true });
    await peer.send(sequence(request(7, 'a'), head, request(8, 'b'), header({ 24: [] })));
    expect((await peer.inbox.untilAnswered(8)).at(-1)?.envelope[3]).toBe('b');
    expect(peer.inbox.answersTo(7)).toHaveLength(1);
    expect(malformed()).toBe(0);
  });
});

describe('what stands before the first malformed item takes effect, and the rest is dropped', () => {
  it.each([
    ['a map with a text key', sequence(new Map([['text', 1]]))],
    ['a map with a negative key', sequence(new Map([[-1, 1]]))],
    ['a map with mixed keys', hex('a2 00 18ff 61 61 01')],
    ['a second map in a row', sequence(header(), header())],
    ['an unknown envelope type', sequence(header(), [6, 1])],
    ['an envelope that is too short', sequence(header(), [Type.REQUEST, 9])],
    ['no envelope', sequence(header(), 'text')],
    ['an item that is cut off', hex('a0 84 00')],
  ])('%s', async (_, item) => {
    const { peer, events, malformed } = await start();
    await peer.send(
      Buffer.concat([
        sequence(event('before'), header(), request(7, 'before')),
        item,
        sequence(request(8, 'after'), header(), event('after')),
      ]),
    );
    const answer = await peer.inbox.untilAnswered(7);
    expect(answer.at(-1)?.envelope[3]).toBe('before');
    await peer.call('echo', [1]);
    expect(peer.inbox.answersTo(8)).toEqual([]);
    expect(events).toEqual(['before']);
    expect(malformed()).toBe(1);
  });
});

describe('a payload that begins with a header', () => {
  it('is malformed', async () => {
    const { peer, malformed } = await start();
    await peer.send(sequence(header(), request(7, 'a'), header()));
    await peer.call('echo', [1]);
    expect(peer.inbox.answersTo(7)).toEqual([]);
    expect(malformed()).toBe(1);
  });
});

describe('a client', () => {
  it('takes the responses of several calls from one payload', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    const calls = Promise.all([client.call.a(), client.call.b(), client.call.c()]);
    const requests = [await server.request(), await server.request(), await server.request()];
    const [first, second, third] = requests.map(({ envelope: [, id, method] }) => [
      Type.RESPONSE,
      id,
      null,
      method,
    ]);
    await server.send(requests[0]!, sequence(third, header(), first, second, header()));
    expect(await calls).toEqual(['a', 'b', 'c']);
  });

  it('takes the responses before a malformed item, and drops the rest', async () => {
    const server = await RawServer.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    const first = client.call.a();
    const second = client.call.b();
    const requests = [await server.request(), await server.request()];
    const [a, b] = requests.map(({ envelope: [, id, method] }) => [1, id, null, method]);
    await server.send(requests[0]!, sequence(a, header(), header(), b, header()));
    expect(await first).toBe('a');
    expect(client.dropCounts.get('malformed message')).toBe(1);
    await server.respond(requests[1]!, 'second');
    expect(await second).toBe('second');
  });
});

describe('a server without the extension', () => {
  it('responds to the first envelope with a bare one', async () => {
    const { address } = await listen(
      { requests: { echo } },
      { bind: 'tcp://127.0.0.1:*', extension: false },
    );
    const peer = new RawClient(address);
    await peer.request(7, 'echo', ['a']);
    await peer.inbox.untilAnswered(7);
    expect(peer.inbox.payloads.map(({ payload }) => payload.toString('hex'))).toEqual([
      '840107f66161',
    ]);
  });
});
