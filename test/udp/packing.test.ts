import type { RemoteClient } from 'nestjs-remote';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type WireMessage, Key, header, readSequence, sequence } from '../extension/wire.js';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { RawDatagrams } from './raw-datagrams.js';

/** The most bytes of a datagram that holds more than one envelope. */
const PACKED = 1400;

const read = ({ received }: RawDatagrams): { size: number; messages: WireMessage[] }[] =>
  received.map(({ datagram }) => ({ size: datagram.length, messages: readSequence(datagram) }));

const count = (peer: RawDatagrams): number =>
  read(peer).reduce((sum, { messages }) => sum + messages.length, 0);

/** A client, and a server that has answered its first call, with a header or without. */
async function startClient(isExtended: boolean) {
  const server = await RawDatagrams.bind();
  const client: RemoteClient = createClient({ connect: server.address, timeout: 0 });
  server.socket.once('message', (datagram, { port }) => {
    const answer = [1, readSequence(datagram)[0]?.envelope[1], null, 1];
    const payload = isExtended ? sequence(answer, header()) : sequence(answer);
    server.socket.send(payload, port, '127.0.0.1');
  });
  await client.call.first();
  server.received.length = 0;
  const burst = (calls: number, data: unknown): void => {
    for (let call = 0; call < calls; call++) {
      client.issueCall('burst', [data]).catch(() => undefined);
    }
  };
  return { server, client, burst };
}

describe('the calls of one tick over UDP', () => {
  it('travel in few datagrams once the server is known to be extended', async () => {
    const { server, burst } = await startClient(true);
    burst(100, 'x'.repeat(50));
    await expect.poll(() => count(server)).toBe(100);
    expect(server.received.length).toBeLessThan(20);
    expect(Math.max(...read(server).map(({ size }) => size))).toBeLessThanOrEqual(PACKED);
    expect(read(server).every(({ messages }) => messages[0]?.header instanceof Map)).toBe(true);
  });

  it('travel alone where they are longer', async () => {
    const { server, burst } = await startClient(true);
    burst(10, 'x'.repeat(1000));
    burst(5, 'x'.repeat(5000));
    await expect.poll(() => count(server)).toBe(15);
    for (const { size, messages } of read(server)) {
      expect(messages.length === 1 || size <= PACKED).toBe(true);
    }
  });

  it('travel one a datagram to a base server', async () => {
    const { server, burst } = await startClient(false);
    burst(30, 1);
    await expect.poll(() => count(server)).toBe(30);
    expect(server.received).toHaveLength(30);
  });

  it('have no attachments', async () => {
    const { server, burst } = await startClient(true);
    burst(1, Buffer.alloc(20_000, 7));
    await expect.poll(() => count(server)).toBe(1);
    const [message] = read(server)[0]?.messages ?? [];
    expect(message?.header?.has(Key.ATTACHMENTS)).toBe(false);
    const [value] = (message?.envelope[3] ?? []) as Buffer[];
    expect(value && Buffer.alloc(20_000, 7).equals(value)).toBe(true);
  });

  it('travel one a datagram again after a refusal', async () => {
    const { server, client, burst } = await startClient(true);
    const { port } = server.socket.address();
    const closed = once(server.socket, 'close');
    server.socket.close();
    await closed;
    await expect(client.call.refused()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const successor = await RawDatagrams.bind(port);
    burst(30, 1);
    await expect.poll(() => count(successor)).toBe(30);
    expect(successor.received).toHaveLength(30);
  });
});

describe('the responses of one tick over UDP', () => {
  async function ask(requests: number, data: unknown, head = true): Promise<RawDatagrams> {
    const { address } = await listen({ requests: { echo } }, { bind: 'udp://127.0.0.1:*' });
    const peer = await RawDatagrams.bind();
    for (let id = 0; id < requests; id += 10) {
      const envelopes = Array.from({ length: 10 }, (_, index) => [0, id + index, 'echo', [data]]);
      if (head) {
        await peer.send(sequence(...envelopes.flatMap((each) => [each, header()])), address);
      } else {
        await Promise.all(envelopes.map((each) => peer.send(sequence(each), address)));
      }
    }
    await expect.poll(() => count(peer)).toBe(requests);
    return peer;
  }

  it('travel in few datagrams to one source', async () => {
    const peer = await ask(100, 'x'.repeat(50));
    expect(peer.received.length).toBeLessThan(30);
    expect(Math.max(...read(peer).map(({ size }) => size))).toBeLessThanOrEqual(PACKED);
    expect(read(peer).every(({ messages }) => messages[0]?.header instanceof Map)).toBe(true);
  });

  it('travel alone where they are longer', async () => {
    for (const { size, messages } of read(await ask(10, 'x'.repeat(1000)))) {
      expect(messages.length === 1 || size <= PACKED).toBe(true);
    }
  });

  it('travel one a datagram to requests without headers', async () => {
    const peer = await ask(30, 1, false);
    expect(peer.received).toHaveLength(30);
  });
});

describe('many calls at once over UDP', () => {
  it('get each its own response', async () => {
    const { address } = await listen({ requests: { echo } }, { bind: 'udp://127.0.0.1:*' });
    const client: RemoteClient = createClient(address);
    expect(await client.call.echo(0)).toBe(0);
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    const answers = await Promise.all(
      numbers.map((number) => client.issueCall('echo', [number], { retries: 3 })),
    );
    expect(answers).toEqual(numbers);
  });
});
