import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { type RemoteServerOptions } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { startRouter } from '../router/peers.js';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient, startService } from '../support/nest.js';
import { RawClient } from './raw-client.js';
import { Type, header, sequence } from './wire.js';

const KIBIBYTE = 1024;

const request = (id: number, data: unknown): unknown[] => [Type.REQUEST, id, 'echo', [data]];

async function start(options?: RemoteServerOptions) {
  const { address } = await listen({ requests: { echo } }, options);
  return new RawClient(address);
}

/** One payload of many requests, each with a header of its own. */
function requests(count: number, data: unknown = 0): Buffer {
  return sequence(
    ...Array.from({ length: count }, (_, id) => [request(id, data), header()]).flat(),
  );
}

const untilAnswered = ({ inbox }: RawClient, count: number): Promise<void> =>
  expect.poll(() => inbox.of(Type.RESPONSE).length).toBe(count);

const counts = ({ inbox }: RawClient): number[] =>
  inbox.payloads.map(({ messages }) => messages.length);

describe('the responses of one tick', () => {
  it('to requests with headers travel in few payloads of at most 128 envelopes', async () => {
    const peer = await start();
    await peer.send(requests(500));
    await untilAnswered(peer, 500);
    expect(Math.max(...counts(peer))).toBeLessThanOrEqual(128);
    expect(counts(peer).length).toBeLessThanOrEqual(20);
    for (const { messages } of peer.inbox.payloads) {
      expect(messages[0]?.header).toBeInstanceOf(Map);
    }
  });

  it('travel in payloads of at most 64 KiB', async () => {
    const peer = await start();
    await peer.send(requests(100, 'x'.repeat(5 * KIBIBYTE)));
    await untilAnswered(peer, 100);
    const sizes = peer.inbox.payloads.map(({ payload }) => payload.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * KIBIBYTE);
    expect(sizes.length).toBeLessThanOrEqual(20);
  });

  it('to requests without headers travel one a payload', async () => {
    const peer = await start();
    await Promise.all(Array.from({ length: 50 }, (_, id) => peer.request(id, 'echo', [id], null)));
    await untilAnswered(peer, 50);
    expect(counts(peer)).toEqual(Array.from({ length: 50 }, () => 1));
  });

  it('never share a payload where one request had a header and the other had none', async () => {
    const peer = await start();
    for (let id = 0; id < 40; id += 2) {
      await peer.request(id, 'echo', [id]);
      await peer.request(id + 1, 'echo', [id], null);
    }
    await untilAnswered(peer, 40);
    for (const { messages } of peer.inbox.payloads) {
      const ids = messages.map(({ envelope }) => envelope[1] as number);
      expect(ids.length === 1 || ids.every((id) => id % 2 === 0)).toBe(true);
    }
  });

  it('to different senders go to each its own', async () => {
    const { address } = await listen({ requests: { echo } });
    const peers = [new RawClient(address), new RawClient(address), new RawClient(address)];
    await Promise.all(peers.map((peer, index) => peer.send(requests(50, `peer ${index}`))));
    for (const [index, peer] of peers.entries()) {
      await untilAnswered(peer, 50);
      const results = peer.inbox.all.map(({ envelope }) => envelope[3]);
      expect(new Set(results)).toEqual(new Set([`peer ${index}`]));
    }
  });

  it('to different address frames of one sender go back with each its own', async () => {
    const peer = await start();
    for (let id = 0; id < 20; id++) {
      const payload = sequence(request(id, id % 2 === 0 ? 'a' : 'b'), header());
      await peer.send(payload, [], id % 2 === 0 ? 'a' : 'b');
    }
    await untilAnswered(peer, 20);
    for (const { address, messages } of peer.inbox.payloads) {
      const results = new Set(messages.map(({ envelope }) => envelope[3]));
      expect(results).toEqual(new Set([address.toString()]));
    }
  });

  it('travel one a payload and bare without the extension', async () => {
    const peer = await start({ bind: 'tcp://127.0.0.1:*', extension: false });
    await Promise.all(Array.from({ length: 20 }, (_, id) => peer.request(id, 'echo', [id])));
    await untilAnswered(peer, 20);
    expect(counts(peer)).toEqual(Array.from({ length: 20 }, () => 1));
    expect(peer.inbox.all.every((answer) => answer.header === undefined)).toBe(true);
  });
});

@Controller()
class EchoController {
  @MessagePattern('echo')
  echo(@Payload() data: unknown): unknown {
    return data;
  }
}

describe('many calls at once, packed both ways', () => {
  const numbers = Array.from({ length: 5000 }, (_, number) => number);

  it.each(['tcp://127.0.0.1:*', 'inproc://packed'])(
    'get each its response over %s',
    async (bind) => {
      const { address } = await startService({ controllers: [EchoController] }, { bind });
      const client = createClient({ connect: address, timeout: 0 });
      await client.call.echo(0);
      const answers = await Promise.all(numbers.map((number) => client.call.echo(number)));
      expect(answers).toEqual(numbers);
      expect(client.dropCounts).toEqual(new Map());
    },
  );

  it('get each its response through a router', async () => {
    const { frontend, backend } = await startRouter();
    await listen({ requests: { echo } }, { connect: backend, identity: 'svc' });
    const client = createClient({ connect: frontend, address: 'svc', timeout: 0 });
    await expect.poll(() => client.call.echo(0).catch(() => undefined)).toBe(0);
    const answers = await Promise.all(numbers.map((number) => client.call.echo(number)));
    expect(answers).toEqual(numbers);
  });
});
