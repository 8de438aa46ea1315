import { describe, expect, it } from 'vitest';
import { createClient } from '../support/nest.js';
import { callsHeld } from './inside.js';
import { echo, hang, listen } from './plain-service.js';
import { vacantAddress } from './processes.js';
import { rawDealer } from './raw-sockets.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('bounds', () => {
  it('let as many calls wait for a link as limits say, and reject the surplus', async () => {
    const address = await vacantAddress();
    const client = createClient({ connect: address, timeout: 0, limits: { maxMessages: 3000 } });
    const calls = Array.from({ length: 3010 }, (_, value) =>
      client.issueCall('echo', [value]).catch((error: { code: string }) => error.code),
    );
    await listen({ requests: { echo } }, { bind: address });
    const endings = await Promise.all(calls);
    expect(endings.slice(0, 3000).every((ending, value) => ending === value)).toBe(true);
    expect(endings.slice(3000)).toEqual(Array.from({ length: 10 }, () => 'RESOURCE_EXHAUSTED'));
    expect(callsHeld(client)).toBe(0);
  });

  it('drop and count a request whose key is running already', async () => {
    let runs = 0;
    const { server, address } = await listen({
      requests: { hang: (...given) => (runs++, hang(...given)), echo },
    });
    const peer = rawDealer(address);
    for (let copies = 0; copies < 3; copies++) {
      await peer.send(['-', hex('84 00 07 64 68616e67 80')]);
    }
    await expect.poll(() => server.dropCounts.get('request that is already running')).toBe(2);
    expect(runs).toBe(1);
  });

  it('keep responses flowing past a client that reads none of its own', async () => {
    let served = 0;
    const large = (): Promise<Buffer> => Promise.resolve(Buffer.alloc(1024 * 1024, served++));
    const { server, address } = await listen(
      { requests: { large } },
      { bind: 'tcp://127.0.0.1:*', socketOptions: { sendHighWaterMark: 1 } },
    );
    const dropped = (): number => server.dropCounts.get('response not sent') ?? 0;
    const slow = rawDealer(address, 1);
    let id = 0;
    let before: number;
    // Until everything between the two is full, and ten answers in a row find no room.
    do {
      before = dropped();
      for (const last = id + 10; id < last; id++) {
        const request = hex('84 00 190000 65 6c61726765 80');
        request.writeUInt16BE(1000 + id, 3);
        await slow.send(['-', request]);
      }
      await expect.poll(() => served).toBe(id);
    } while (dropped() - before < 10);

    const answer: unknown = await createClient(address).call.large();
    expect((answer as Buffer).length).toBe(1024 * 1024);
  });

  it('handle a flood of events that wait for one slot without overflowing the stack', async () => {
    const { server, address } = await listen(
      {
        requests: { echo },
        events: { slow: () => new Promise((resolve) => setImmediate(resolve)) },
      },
      { bind: 'tcp://127.0.0.1:*', concurrency: 1 },
    );
    const events = 100_000;
    const peer = rawDealer(address);
    const flood = Buffer.alloc(1000 * 4, hex('83 02 60 80'));
    await peer.send(['-', hex('83 02 64 736c6f77 80')]);
    for (let sent = 0; sent < events; sent += 1000) {
      await peer.send(['-', flood]);
    }
    await expect
      .poll(() => server.dropCounts.get('event without a handler'), { timeout: 15_000 })
      .toBe(events);
    expect(await createClient(address).call.echo('after it')).toBe('after it');
  });

  it('take a timeout of a caller that no timer can hold as none', async () => {
    const { address } = await listen(
      { requests: { later: () => new Promise((resolve) => setTimeout(resolve, 50, 'answered')) } },
      { bind: 'tcp://127.0.0.1:*', timeout: 0 },
    );
    const peer = rawDealer(address);
    await peer.send(['-', hex('84 00 07 65 6c61746572 80 a1 00 1b 0000ffffffffffff')]);
    const answer = (await peer.receive()).at(-1);
    expect(answer?.toString()).toContain('answered');
  });
});
