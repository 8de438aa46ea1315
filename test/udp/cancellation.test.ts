import { type Observable, interval, of, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { listenWatched } from '../cancellation/watched-calls.js';
import { outcomeOf } from '../e2e/transports.js';
import { header, readSequence, sequence } from '../extension/wire.js';
import { createClient } from '../support/nest.js';
import { RawDatagrams } from './raw-datagrams.js';

const UDP = { bind: 'udp://127.0.0.1:*', timeout: 0 };

describe('over UDP, an unsubscribed call', () => {
  it.each(['silent', 'ticks', 'generator'])('ends its handler: %s', async (pattern) => {
    const { calls, address } = await listenWatched(UDP);
    const client = createClient({ connect: address, timeout: 0 });
    expect(await client.call.echo('extended')).toBe('extended');
    const subscription = client.send(pattern, 1).subscribe();
    await expect.poll(() => calls.begun).toBe(1);
    subscription.unsubscribe();
    await expect.poll(() => calls.finalized).toBe(1);
    expect(calls.aborted).toMatchObject([{ code: 'CANCELLED' }]);
  });

  it('is sent to the server as one datagram of [4, id]', async () => {
    const server = await RawDatagrams.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    const answers: number[] = [];
    server.socket.once('message', (datagram, { port }) => {
      const id = readSequence(datagram)[0]?.envelope[1] as number;
      answers.push(id);
      server.socket.send(sequence([1, id, null, 1], header()), port, '127.0.0.1');
    });
    expect(await client.call.first()).toBe(1);

    const subscription = client.send('stream', 1).subscribe();
    await expect.poll(() => server.received.length).toBe(2);
    subscription.unsubscribe();
    await expect.poll(() => server.received.length).toBe(3);
    const [request, cancel] = server.received.slice(1).map((one) => readSequence(one.datagram));
    expect(cancel).toEqual([{ envelope: [4, request?.[0]?.envelope[1]], header: new Map() }]);
  });

  it('is not sent to a server that is not known to be extended', async () => {
    const server = await RawDatagrams.bind();
    const client = createClient({ connect: server.address, timeout: 0 });
    const subscription = client.send('stream', 1).subscribe();
    await expect.poll(() => server.received.length).toBe(1);
    subscription.unsubscribe();
    client.issueCall('last').catch(() => undefined);
    await expect.poll(() => server.received.length).toBe(2);
    const types = server.received.map(({ datagram }) => readSequence(datagram)[0]?.envelope[0]);
    expect(types).toEqual([0, 0]);
  });
});

describe('over UDP, a handler of several values', () => {
  const several: Record<string, () => Promise<Observable<number>>> = {
    burst: async () => of(1, 2, 3),
    ticking: async () => interval(1).pipe(take(4)),
  };

  it('responds to an extended caller with one RESPONSE of the last', async () => {
    const { address } = await listenWatched(UDP, several);
    const peer = await RawDatagrams.bind();
    for (const [id, method] of ['burst', 'ticking'].entries()) {
      await peer.send(sequence([0, id, method, []], header()), address);
      await expect.poll(() => peer.received.length).toBe(id + 1);
    }
    const answers = peer.received.map(({ datagram }) => readSequence(datagram)[0]?.envelope);
    expect(answers).toEqual([
      [1, 0, null, 3],
      [1, 1, null, 3],
    ]);
  });

  it('gives send() and call() its last value', async () => {
    const { address } = await listenWatched(UDP, several);
    const client = createClient(address);
    expect(await outcomeOf(client.send('ticking', 1))).toEqual({ values: [3] });
    expect(await outcomeOf(client.send('ticking', 1))).toEqual({ values: [3] });
    expect(await client.call.burst()).toBe(3);
  });
});
