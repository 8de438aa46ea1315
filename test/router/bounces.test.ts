import { describe, expect, it } from 'vitest';
import { Codec } from '../../lib/cbor/codec.js';
import { listen } from '../robustness/plain-service.js';
import { rawDealer } from '../robustness/raw-sockets.js';
import { join, next, startRouter } from './peers.js';

const OURS = 'nestjs-remote:test';
const codec = new Codec();
const request = (id: number): Buffer => codec.encode([0, id, 'run', []]);

describe('What a router cannot deliver', () => {
  it('goes back to a client of this package, marked as unreachable', async () => {
    const running = await startRouter();
    const client = await join(running, running.frontend, OURS);

    await client.send(['nobody', 'payload']);

    expect(await next(client)).toEqual(['nobody', 'payload', 'unreachable']);
    expect(running.router.counts).toMatchObject({ bounced: 1, dropped: new Map() });
  });

  it('goes back without the frames after its payload', async () => {
    const running = await startRouter();
    const client = await join(running, running.frontend, OURS);

    await client.send(['nobody', 'payload', 'one', 'two']);

    expect(await next(client)).toEqual(['nobody', 'payload', 'unreachable']);
  });

  it('is dropped without notice for all other senders', async () => {
    const running = await startRouter();
    const client = await join(running, running.frontend, 'original');
    const service = await join(running, running.backend, 'svc');

    await client.send(['nobody', 'lost']);
    await client.send(['svc', 'kept']);
    await next(service);
    await service.send(['original', 'answer']);

    expect(await next(client)).toEqual(['svc', 'answer']);
    expect(running.router.counts).toMatchObject({
      bounced: 0,
      dropped: new Map([['recipient unreachable', 1]]),
    });
  });

  it('of a service is dropped, since its client is gone', async () => {
    const running = await startRouter();
    const service = await join(running, running.backend, 'svc');

    await service.send([OURS, 'late response']);

    await expect
      .poll(() => running.router.counts.dropped)
      .toEqual(new Map([['recipient unreachable', 1]]));
  });
});

describe('A service', () => {
  it('behind a router executes nothing that is marked as unreachable, and counts it', async () => {
    const running = await startRouter();
    let runs = 0;
    const run = (): Promise<number> => Promise.resolve(++runs);
    const { server } = await listen(
      { requests: { run } },
      { connect: running.backend, identity: 'svc' },
    );
    const client = await join(running, running.frontend, OURS);
    await expect.poll(() => running.logs.some((line) => line.includes('of svc'))).toBe(true);

    await client.send(['svc', request(1), 'unreachable']);
    await client.send(['svc', request(2)]);

    const [, answer] = await client.receive();
    expect(codec.decode(answer as Buffer)).toEqual([1, 2, null, 1]);
    expect(server.dropCounts).toEqual(new Map([['response to an unreachable client', 1]]));
  });

  it('that is connected directly executes none either, and counts it', async () => {
    let runs = 0;
    const run = (): Promise<number> => Promise.resolve(++runs);
    const { server, address } = await listen({ requests: { run } });
    const client = rawDealer(address);

    await client.send(['-', request(1), 'unreachable']);
    await client.send(['-', request(2)]);

    const [, answer] = await client.receive();
    expect(codec.decode(answer as Buffer)).toEqual([1, 2, null, 1]);
    expect(server.dropCounts).toEqual(new Map([['response to an unreachable client', 1]]));
  });
});
