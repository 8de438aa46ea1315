import type { DropReport } from 'nestjs-remote';
import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { Dice } from '../fuzz/dice.js';
import { mutate } from '../fuzz/mutation.js';
import { HOSTILE, validPayloads } from './hostile-payloads.js';
import { echo, listen } from './plain-service.js';
import { nextRequest, rawDealer, rawPublisher, rawRouter } from './raw-sockets.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const FRAMES = 10_000;

/** What may stay in memory after all that: one hostile payload alone has 4 MiB. */
const MEMORY_BOUND = 32 * 1024 * 1024;

const memory = (): number => {
  if (!globalThis.gc) {
    throw new Error('run with --expose-gc, as vitest.config.ts does');
  }
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

/** The same frames in every run: mutated payloads, in one to three frames, and all hostile ones. */
function* badFrames(seed: number): Iterable<Buffer[]> {
  const dice = new Dice(seed);
  const payloads = validPayloads();
  const address = Buffer.from('-');
  for (let count = 0; count < FRAMES; count++) {
    const payload = mutate(payloads, dice);
    const shapes = [[address, payload], [address, payload], [payload], [address, payload, payload]];
    yield dice.oneOf(shapes);
  }
  for (const payload of HOSTILE.values()) {
    yield [address, payload];
  }
}

describe(`${FRAMES} random and mutated messages`, () => {
  it('do not stop a ROUTER server, which counts them and reports few', async () => {
    const { server, address } = await listen({ requests: { echo } });
    const reports: DropReport[] = [];
    server.on('drop', (report) => reports.push(report));
    const failures: unknown[] = [];
    server.on('error', (error) => failures.push(error));
    const before = memory();

    const peer = rawDealer(address);
    for (const frames of badFrames(1)) {
      await peer.send(frames);
    }
    await peer.send(['-', hex('84 00 19 0800 64 6563686f 81 18 2a')]);
    // Whatever else could be answered was answered before it.
    let last: Buffer | undefined;
    while (!last?.toString('hex').startsWith('8401190800f6182a')) {
      last = (await peer.receive()).at(-1);
    }

    expect(failures).toEqual([]);
    expect(server.dropCounts.get('malformed message')).toBeGreaterThan(HOSTILE.size);
    expect(server.dropCounts.get('wrong number of frames')).toBeGreaterThan(0);
    expect(reports.length).toBeLessThan(total(server.dropCounts) / 100);
    expect(memory() - before).toBeLessThan(MEMORY_BOUND);
    expect(await createClient(address).call.echo('good')).toBe('good');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('do not stop a client, whose call in flight still gets its response', async () => {
    const { router, address } = await rawRouter();
    const client = createClient({ connect: address, timeout: 0 });
    const reports: DropReport[] = [];
    client.on('drop', (report) => reports.push(report));
    const failures: unknown[] = [];
    client.on('error', (error) => failures.push(error));
    const before = memory();

    const call: unknown = client.call.echo();
    const { identity, address: frame, id } = await nextRequest(router);
    for (const frames of badFrames(2)) {
      await router.send([identity, ...frames]);
    }
    await router.send([identity, frame, Buffer.concat([hex('84 01'), id, hex('f6 18 2a')])]);

    expect(await call).toBe(42);
    expect(failures).toEqual([]);
    expect(client.dropCounts.get('malformed message')).toBeGreaterThan(HOSTILE.size);
    expect(client.dropCounts.get('response to no call')).toBeGreaterThan(0);
    expect(client.dropCounts.get('not a response')).toBeGreaterThan(0);
    expect(reports.length).toBeLessThan(total(client.dropCounts) / 100);
    expect(memory() - before).toBeLessThan(MEMORY_BOUND);
  });

  it('do not stop a SUB server', async () => {
    const { publisher, address } = await rawPublisher();
    const received: unknown[] = [];
    const { server } = await listen(
      { events: { good: (value) => Promise.resolve(received.push(value)) } },
      { socket: 'sub', connect: address, topics: '' },
    );
    const failures: unknown[] = [];
    server.on('error', (error) => failures.push(error));
    const before = memory();
    const good = (value: number): Buffer =>
      Buffer.from([0x83, 2, 0x64, ...Buffer.from('good'), 0x81, value]);
    await expect
      .poll(async () => {
        await publisher.send(['-', good(1)]);
        return received.length;
      })
      .toBeGreaterThan(0);

    for (const frames of badFrames(3)) {
      await publisher.send(frames);
    }
    await publisher.send(['-', good(2)]);
    await expect.poll(() => received.at(-1), { timeout: 20_000 }).toBe(2);

    expect(failures).toEqual([]);
    expect(server.dropCounts.get('malformed message')).toBeGreaterThan(HOSTILE.size);
    expect(server.dropCounts.get('request on SUB')).toBeGreaterThan(0);
    expect(memory() - before).toBeLessThan(MEMORY_BOUND);
  });
});
