import type { DropReport, RemoteContext } from 'nestjs-remote';
import { describe, expect, test } from 'vitest';
import { Dice } from '../fuzz/dice.js';
import { mutate } from '../fuzz/mutation.js';
import { HOSTILE, validPayloads } from '../robustness/hostile-payloads.js';
import { echo, hang, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { RawDatagrams, codec } from './raw-datagrams.js';

const DATAGRAMS = 3000;
const LIMIT = 65_507;
const bind = 'udp://127.0.0.1:*';

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

/** The same datagrams in every run: mutated payloads, and those hostile ones that fit into one. */
function* badDatagrams(seed: number): Iterable<Buffer> {
  const dice = new Dice(seed);
  const payloads = validPayloads();
  for (let count = 0; count < DATAGRAMS; count++) {
    yield mutate(payloads, dice).subarray(0, LIMIT);
  }
  for (const payload of HOSTILE.values()) {
    yield payload.subarray(0, LIMIT);
  }
}

describe(`${DATAGRAMS} random and mutated datagrams`, () => {
  test('do not stop a server, which counts them and reports few', async () => {
    const { server, address } = await listen({ requests: { echo } }, { bind });
    const reports: DropReport[] = [];
    const failures: unknown[] = [];
    server.on('drop', (report) => reports.push(report));
    server.on('error', (error) => failures.push(error));

    const peer = await RawDatagrams.bind();
    for (const datagram of badDatagrams(1)) {
      await peer.send(datagram, address);
    }
    const client = createClient({ connect: address, timeout: 1000 });

    expect(await client.issueCall('echo', ['good'], { retries: 10 })).toBe('good');
    expect(failures).toEqual([]);
    expect(server.dropCounts.get('malformed message')).toBeGreaterThan(HOSTILE.size);
    expect(reports.length).toBeLessThan(total(server.dropCounts) / 10);
  });

  test('do not stop a client, whose call in flight still gets its response', async () => {
    const peer = await RawDatagrams.bind();
    const client = createClient({ connect: peer.address, timeout: 0 });
    const reports: DropReport[] = [];
    const failures: unknown[] = [];
    client.on('drop', (report) => reports.push(report));
    client.on('error', (error) => failures.push(error));

    const call: unknown = client.call.echo();
    await expect.poll(() => peer.received.length).toBe(1);
    const { datagram, from } = peer.received[0] ?? expect.fail('nothing came');
    const caller = `udp://127.0.0.1:${from.port}`;
    for (const bad of badDatagrams(2)) {
      await peer.send(bad, caller);
    }
    const id = [...datagram.subarray(2, datagram.indexOf('decho', 2, 'latin1'))];
    const answer = Buffer.from([0x84, 1, ...id, 0xf6, 0x18, 42]);
    let isAnswered = false;
    void Promise.resolve(call).then(() => (isAnswered = true));
    await expect.poll(async () => peer.send(answer, caller).then(() => isAnswered)).toBe(true);

    expect(await call).toBe(42);
    expect(failures).toEqual([]);
    expect(client.dropCounts.get('malformed message')).toBeGreaterThan(HOSTILE.size);
    expect(client.dropCounts.get('not a response')).toBeGreaterThan(0);
    expect(reports.length).toBeLessThan(total(client.dropCounts) / 10);
  });
});

describe('an empty datagram', () => {
  test('is counted by a server', async () => {
    const { server, address } = await listen({ requests: { echo } }, { bind });
    const peer = await RawDatagrams.bind();

    await peer.send(Buffer.alloc(0), address);

    await expect.poll(() => server.dropCounts.get('empty message')).toBe(1);
    expect(await createClient(address).call.echo(1)).toBe(1);
  });

  test('does not end the calls of its sender, as the greeting of a ZeroMQ peer does', async () => {
    let signal: AbortSignal | undefined;
    const wait = (data: unknown, context: RemoteContext): Promise<unknown> => {
      signal = context.getSignal();
      return hang(data) as Promise<never>;
    };
    const { address } = await listen({ requests: { wait, echo } }, { bind, timeout: 0 });
    const peer = await RawDatagrams.bind();
    const header = Buffer.from([0xa0]);
    const send = (value: unknown): Promise<void> =>
      peer.send(Buffer.concat([codec.encode(value), header]), address);

    await send([0, 7, 'wait', []]);
    await peer.send(Buffer.alloc(0), address);
    await send([0, 8, 'echo', ['x']]);
    await expect.poll(() => peer.received.length).toBe(1);

    expect(signal?.aborted).toBe(false);
  });

  test('is counted by a client', async () => {
    const peer = await RawDatagrams.bind();
    const client = createClient(peer.address);
    await client.notify.hello();
    await expect.poll(() => peer.received.length).toBe(1);

    await peer.send(Buffer.alloc(0), `udp://127.0.0.1:${peer.received[0]?.from.port}`);

    await expect.poll(() => client.dropCounts.get('empty message')).toBe(1);
  });
});

test('a malformed request whose id can be read gets an error response', async () => {
  const { address } = await listen({ requests: { echo } }, { bind, extension: false });
  const peer = await RawDatagrams.bind();

  await peer.send(codec.encode([0, 7, 'echo', { not: 'an array' }]), address);

  await expect
    .poll(() => peer.decoded)
    .toEqual([[1, 7, [expect.stringMatching(/^malformed request: /), {}], null]]);
});

test('a response from elsewhere does not reach a client', async () => {
  const peer = await RawDatagrams.bind();
  const stranger = await RawDatagrams.bind();
  const client = createClient({ connect: peer.address, timeout: 0, extension: false });
  const call: unknown = client.call.echo();
  await expect.poll(() => peer.received.length).toBe(1);
  const [, id] = peer.decoded[0] as number[];
  const caller = `udp://127.0.0.1:${peer.received[0]?.from.port}`;

  await stranger.send(codec.encode([1, id, null, 'forged']), caller);
  await peer.send(codec.encode([1, id, null, 'true']), caller);

  expect(await call).toBe('true');
});
