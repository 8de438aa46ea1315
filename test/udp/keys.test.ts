import { randomBytes } from 'node:crypto';
import { type RemoteClient, type RemoteServerOptions, udpKey } from 'nestjs-remote';
import { describe, expect, it, test } from 'vitest';
import { vacantAddress } from '../robustness/processes.js';
import { echo, hang, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { DatagramRelay } from './datagram-relay.js';
import { RawDatagrams, codec } from './raw-datagrams.js';

const bind = 'udp://127.0.0.1:*';
const key = { id: 'k1', key: randomBytes(32) };
const security = udpKey(key);

/** A server with keys that counts the events that it takes. */
async function listenWithKeys(options: Partial<RemoteServerOptions> = {}) {
  const events: unknown[] = [];
  const handlers = {
    requests: {
      echo,
      hang,
      bytes: (size: number) => Promise.resolve(Buffer.alloc(size)),
    },
    events: {
      note: (data: unknown) => {
        events.push(data);
        return Promise.resolve();
      },
    },
  };
  return { events, ...(await listen(handlers, { bind, security, ...options })) };
}

function clientOf(connect: string, keys = security): RemoteClient {
  return createClient({ connect, security: keys });
}

describe('with the same key on both sides', () => {
  it('calls and events arrive', async () => {
    const { address, events } = await listenWithKeys();
    const client = clientOf(address);

    expect(await client.call.echo('a')).toBe('a');
    await client.notify.note('b');

    await expect.poll(() => events).toEqual(['b']);
  });

  it('many calls at once get each its own response', async () => {
    const { address } = await listenWithKeys();
    const client = clientOf(address);
    const numbers = Array.from({ length: 200 }, (_, number) => number);

    const calls = numbers.map((number) => client.issueCall('echo', [number], { retries: 3 }));

    expect(await Promise.all(calls)).toEqual(numbers);
  });

  it('nothing can be read on the way', async () => {
    const { address } = await listenWithKeys();
    const relay = await DatagramRelay.to(address);

    await clientOf(relay.address).call.echo('a secret text');

    const passed = Buffer.concat([...relay.requests, ...relay.responses]);
    for (const secret of ['a secret text', 'echo', key.key]) {
      expect(passed.indexOf(secret)).toBe(-1);
    }
  });

  it('a first event arrives although the client closes at once', async () => {
    const { address, events } = await listenWithKeys();
    const client = clientOf(address);

    await client.notify.note('only');
    await client.close();

    await expect.poll(() => events).toEqual(['only']);
  });

  it('connect() waits for the server, and names it when it does not come', async () => {
    const client = createClient({ connect: await vacantAddress('udp'), security, timeout: 200 });

    await expect(client.connect()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('calls wait for a server that starts later', async () => {
    const address = await vacantAddress('udp');
    const call: Promise<unknown> = clientOf(address).call.echo('early');

    await listenWithKeys({ bind: address });

    expect(await call).toBe('early');
  });
});

describe('a server with keys', () => {
  it('gives no answer to what is not sealed, counts it, and says where it came from', async () => {
    const { address, server, events } = await listenWithKeys();
    const details: string[] = [];
    server.on('drop', ({ detail }) => details.push(detail));
    const stranger = await RawDatagrams.bind();

    await stranger.send(codec.encode([0, 7, 'echo', [1]]), address);
    await stranger.send(codec.encode([2, 'note', [1]]), address);
    await stranger.send(Buffer.alloc(0), address);
    await stranger.send(randomBytes(100), address);

    await expect.poll(() => server.dropCounts.get('datagram that is not authentic')).toBe(4);
    expect(details[0]).toBe(`from ${stranger.address.replace('udp://', '')}, at ${address}`);
    expect(await clientOf(address).call.echo('answered')).toBe('answered');
    expect(stranger.received).toEqual([]);
    expect(events).toEqual([]);
  });

  it('gives no answer to an unknown key id', async () => {
    const { address, server } = await listenWithKeys();
    const other = udpKey({ id: 'k2', key: key.key });
    const client = createClient({ connect: address, security: other, timeout: 200 });
    const relay = await DatagramRelay.to(address);
    const relayed = createClient({ connect: relay.address, security: other, timeout: 200 });

    await expect(client.call.echo('x')).rejects.toMatchObject({ origin: 'local' });
    await expect(relayed.connect()).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    expect(server.dropCounts.get('datagram of an unknown key')).toBeGreaterThan(0);
    expect(relay.responses).toEqual([]);
  });

  it('gives no answer to another key of the same id, which its owner is told of', async () => {
    const { address, server } = await listenWithKeys();
    const wrong = udpKey({ id: 'k1', key: randomBytes(32) });
    const client = createClient({ connect: address, security: wrong, timeout: 0 });
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    client.call.echo('x').catch(() => undefined);

    await expect
      .poll(() => errors.map(({ message }) => message), { timeout: 5000 })
      .toEqual([
        `no answer from ${address}: it is not there, or has not the key 'k1' (option security)`,
      ]);
    expect(server.dropCounts.get('datagram that is not authentic')).toBeGreaterThan(0);
  });

  it('is not reached by a client without keys', async () => {
    const { address } = await listenWithKeys();
    const client = createClient({ connect: address, timeout: 200 });

    await expect(client.call.echo('x')).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});

describe('keys are exchanged', () => {
  const first = { id: 'old', key: randomBytes(32) };
  const second = { id: 'new', key: randomBytes(32) };

  it.each([
    ['the client has only the old one', [second, first], [first]],
    ['the server uses the old one first', [first, second], [second, first]],
    ['the server still has the old one', [second, first], [second]],
  ])('while %s', async (_, server, client) => {
    const { address } = await listenWithKeys({ security: udpKey(server) });

    expect(await clientOf(address, udpKey({ keys: client })).call.echo('x')).toBe('x');
  });

  it('and the old one opens nothing afterwards', async () => {
    const { address, server } = await listenWithKeys({ security: udpKey([second]) });
    const client = createClient({ connect: address, security: udpKey([first]), timeout: 200 });

    await expect(client.call.echo('x')).rejects.toMatchObject({ origin: 'local' });

    expect(server.dropCounts.get('datagram of an unknown key')).toBeGreaterThan(0);
  });
});

describe('what is as long as a datagram may be with its seal', () => {
  /** 65,507, less 22 bytes of structure, 2 of the key id, 24 of sessions, 16 of tag, and a spare one. */
  const LIMIT = 65_507 - 65;
  const AROUND_AN_EVENT = 12;

  test('is sent', async () => {
    const { address, events } = await listenWithKeys();
    const bytes = Buffer.alloc(LIMIT - AROUND_AN_EVENT);

    await clientOf(address).notify.note(bytes);

    await expect
      .poll(() => events.map((event) => (event as Buffer).length))
      .toEqual([bytes.length]);
  });

  test('is refused with one byte more, with the reason', async () => {
    const { address } = await listenWithKeys();
    const bytes = Buffer.alloc(LIMIT - AROUND_AN_EVENT + 1);

    await expect(clientOf(address).notify.note(bytes)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(`${LIMIT} have room in a datagram, beside 65 that seal it`),
    });
  });

  test('becomes an error response where it is a result', async () => {
    const { address } = await listenWithKeys();

    await expect(clientOf(address).call.bytes(65_507)).rejects.toMatchObject({
      origin: 'remote',
      message: expect.stringContaining(`a datagram has ${LIMIT} beside 65 that seal it`),
    });
  });

  test('is packed so that it fits into an Ethernet frame', async () => {
    const { address } = await listenWithKeys();
    const relay = await DatagramRelay.to(address);
    const client = clientOf(relay.address);
    await client.call.echo('first');

    await Promise.all(Array.from({ length: 100 }, () => client.call.echo('x'.repeat(50))));

    const lengths = [...relay.requests, ...relay.responses].map(({ length }) => length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1400);
    expect(Math.max(...lengths)).toBeGreaterThan(1000);
  });
});

describe('a client with keys', () => {
  it('finds a server that has begun anew, and its calls in flight end at once', async () => {
    const { address, server } = await listenWithKeys();
    const client = createClient({ connect: address, security, timeout: 0 });
    expect(await client.call.echo(1)).toBe(1);
    const inFlight: Promise<unknown> = client.call.hang();
    const outcome = expect(inFlight).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await server.close();
    await listenWithKeys({ bind: address });

    // What is sent meanwhile may be lost, as any datagram.
    await expect
      .poll(() => client.issueCall('echo', [2], { timeout: 300 }).catch(() => undefined))
      .toBe(2);
    await outcome;
  });

  it('takes nothing that is not sealed', async () => {
    const { address } = await listenWithKeys();
    const relay = await DatagramRelay.to(address);
    const client = clientOf(relay.address);
    const details: string[] = [];
    client.on('drop', ({ detail }) => details.push(detail));
    await client.call.echo('first');

    relay.toClient(codec.encode([1, 7, null, 'forged']));

    await expect.poll(() => client.dropCounts.get('datagram that is not authentic')).toBe(1);
    expect(details[0]).toBe(`from ${relay.address.replace('udp://', '')}`);
  });
});
