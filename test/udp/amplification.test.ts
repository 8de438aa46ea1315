import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { type RemoteClient, type RemoteServerOptions, udpKey } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { Type, header, readSequence, sequence } from '../extension/wire.js';
import { describePython } from '../interop/python-peer.js';
import { startPeer, toHex } from '../interop/start-peer.js';
import { echo, listen } from '../robustness/plain-service.js';
import { createClient } from '../support/nest.js';
import { RawDatagrams, codec } from './raw-datagrams.js';

/** An address of this host that others could forge, since it is not that of the loopback interface. */
const HOST = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const NOT_PROVEN = 'response too long for a source that has not proven its address';

function start(options: Partial<RemoteServerOptions> = {}) {
  const bytes = (size: number): Promise<Buffer> => Promise.resolve(Buffer.alloc(size));
  return listen(
    { requests: { echo, bytes } },
    { bind: `udp://${HOST}:*`, security: 'none', ...options },
  );
}

const anywhere = (): Promise<RawDatagrams> => RawDatagrams.bind(0, HOST);

const sum = (lengths: readonly number[]): number =>
  lengths.reduce((total, each) => total + each, 0);

const sizesOf = ({ received }: RawDatagrams): number[] =>
  received.map(({ datagram }) => datagram.length);

/** Waits until a server has read what was sent to it before. */
async function settled(address: string): Promise<void> {
  const client: RemoteClient = createClient(address);
  await client.issueCall('echo', [1], { timeout: 500, retries: 5 });
}

describe.skipIf(HOST === undefined)('a source that has not proven its address', () => {
  it('gets a short response at once', async () => {
    const { address } = await start();
    const source = await anywhere();

    await source.send(codec.encode([0, 7, 'echo', ['x']]), address);

    await expect.poll(() => source.received.length).toBe(1);
    expect(readSequence(source.received[0]?.datagram ?? Buffer.alloc(0))[0]?.envelope).toEqual([
      1,
      7,
      null,
      'x',
    ]);
  });

  it('and is extended is asked for a token first, and gets a long response when it has it', async () => {
    const { address } = await start();
    const source = await anywhere();
    const request = sequence([0, 7, 'bytes', [5000]], header());
    await source.send(request, address);
    await expect.poll(() => source.received.length).toBe(1);
    const [question] = source.received;
    expect(question?.datagram.length).toBeLessThanOrEqual(3 * request.length);
    const [ping] = readSequence(question?.datagram ?? Buffer.alloc(0));
    expect(ping?.envelope).toEqual([Type.PING, expect.any(Uint8Array)]);

    await source.send(sequence([Type.PONG, ping?.envelope[1]], header()), address);

    await expect.poll(() => source.received.length).toBe(2);
    expect(sizesOf(source)[1]).toBeGreaterThan(5000);
    await source.send(sequence([0, 8, 'bytes', [6000]], header()), address);
    await expect.poll(() => source.received.length).toBe(3);
    expect(sizesOf(source)[2]).toBeGreaterThan(6000);
  });

  it.each([
    ['another token', [Type.PONG, Buffer.alloc(8, 1)]],
    ['a number', [Type.PONG, 1]],
    ['a text', [Type.PONG, 'token']],
  ])('gets no long response for %s', async (_, pong) => {
    const { address } = await start();
    const source = await anywhere();
    await source.send(sequence([0, 7, 'bytes', [5000]], header()), address);
    await expect.poll(() => source.received.length).toBe(1);

    await source.send(sequence(pong, header()), address);
    await settled(address);

    expect(source.received).toHaveLength(1);
  });

  it('and knows only the base gets an error of permitted length, and the server says why', async () => {
    const { address, server } = await start();
    const source = await anywhere();
    const request = codec.encode([0, 7, 'bytes', [5000]]);

    await source.send(request, address);

    await expect.poll(() => source.received.length).toBe(1);
    expect(sizesOf(source)[0]).toBeLessThanOrEqual(3 * request.length);
    const [answer] = readSequence(source.received[0]?.datagram ?? Buffer.alloc(0));
    expect(answer?.envelope).toEqual([
      1,
      7,
      [expect.stringMatching(/^address not proven/), expect.anything()],
      null,
    ]);
    expect(server.dropCounts.get(NOT_PROVEN)).toBe(1);
  });

  it('gets errors that are cut', async () => {
    const { address } = await start();
    const source = await anywhere();
    const requests = [
      codec.encode([0, 7, 'nope', []]),
      codec.encode([0, 8, 'echo', { not: 'an array' }]),
    ];

    for (const request of requests) {
      await source.send(request, address);
    }

    await expect.poll(() => source.received.length).toBe(2);
    const answers = source.received.map(({ datagram }) => readSequence(datagram)[0]?.envelope);
    expect(answers).toEqual(
      expect.arrayContaining([
        [1, 7, [expect.stringMatching(/^There is no/), expect.anything()], null],
        [1, 8, [expect.stringMatching(/^args is not an array/), expect.anything()], null],
      ]),
    );
    sizesOf(source).forEach((size) => expect(size).toBeLessThanOrEqual(3 * 30));
  });

  it('never gets more than three times what came from it', async () => {
    const { address } = await start();
    const sent: Buffer[] = [];
    const wishes = [0, 1, 8, 12, 13, 20, 40, 80, 200, 1000, 10_000];
    for (const [index, wish] of wishes.entries()) {
      const id = index * 10;
      sent.push(
        sequence([0, id, 'bytes', [wish]]),
        sequence([0, id + 1, 'bytes', [wish]], header()),
        // Several in one datagram, the last of which is malformed.
        sequence(...[2, 3, 4].flatMap((each) => [[0, id + each, 'bytes', [wish]], header()]), [
          0,
          id + 5,
          'echo',
          'malformed',
        ]),
        sequence([0, id + 6, 'nope'.repeat(index), []], header()),
        sequence([0, 2 ** 32 + id, '', []]),
        sequence([Type.PING, id], header()),
        sequence([Type.PING, 'x'.repeat(20)]),
        sequence([0]),
      );
    }

    const sources = await Promise.all(
      sent.map(async (datagram) => {
        const source = await anywhere();
        await source.send(datagram, address);
        return { source, datagram };
      }),
    );

    const answered = (): number =>
      sources.filter(({ source }) => source.received.length > 0).length;
    await expect.poll(answered).toBeGreaterThan(5 * wishes.length);
    await settled(address);
    for (const { source, datagram } of sources) {
      expect(sum(sizesOf(source))).toBeLessThanOrEqual(3 * datagram.length);
    }
  });

  it('may get as much as the option says', async () => {
    const { address } = await start({ datagramOptions: { amplification: 100 } });
    const source = await anywhere();
    const request = codec.encode([0, 7, 'bytes', [1000]]);

    await source.send(request, address);
    await source.send(codec.encode([0, 8, 'bytes', [5000]]), address);

    await expect.poll(() => source.received.length).toBe(2);
    const sizes = sizesOf(source).toSorted((one, other) => one - other);
    expect(sizes[0]).toBeLessThan(100);
    expect(sizes[1]).toBeGreaterThan(1000);
  });

  it('may get everything where the option says that nobody forges addresses', async () => {
    const { address } = await start({ datagramOptions: { amplification: 0 } });
    const source = await anywhere();

    await source.send(codec.encode([0, 7, 'bytes', [50_000]]), address);

    await expect.poll(() => sizesOf(source)[0]).toBeGreaterThan(50_000);
  });
});

describe.skipIf(HOST === undefined)('a client of this package', () => {
  it('proves its address by itself', async () => {
    const { address, server } = await start();
    const client: RemoteClient = createClient(address);

    expect(await client.call.bytes(10_000)).toHaveLength(10_000);
    await expect(client.call.nope()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
    expect([...server.dropCounts]).toEqual([]);
  });

  it('proves it once for many calls', async () => {
    const { address } = await start();
    const client: RemoteClient = createClient(address);

    const sizes = [1000, 2000, 3000, 4000];
    const results = await Promise.all(sizes.map((size) => client.call.bytes(size)));

    expect(results.map((result: Buffer) => result.length)).toEqual(sizes);
  });

  it('has proven it with keys', async () => {
    const security = udpKey({ id: 'k', key: randomBytes(32) });
    const { address } = await start({ security });
    const client: RemoteClient = createClient({ connect: address, security });

    expect(await client.call.bytes(10_000)).toHaveLength(10_000);
  });
});

describePython('a Python client at an address that others could forge', () => {
  it.skipIf(HOST === undefined)('calls methods, unless their responses are long', async () => {
    const { address } = await start();
    const client = await startPeer('client', '--connect', address);
    const call = (method: string, ...args: unknown[]) =>
      client.request({ op: 'call', method, args: toHex(args) });

    expect(await call('echo', 1)).toMatchObject({ ok: true, repr: '1' });
    expect(await call('echo', 'x'.repeat(1000))).toMatchObject({ ok: true });
    expect(await call('bytes', 5000)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^address not proven/),
    });
  });
});
