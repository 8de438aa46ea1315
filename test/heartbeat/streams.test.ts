import { describe, expect, it, onTestFinished } from 'vitest';
import { listenWatched } from '../cancellation/watched-calls.js';
import { RawClient } from '../extension/raw-client.js';
import { Type, header, sequence } from '../extension/wire.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { startRouter } from '../router/peers.js';
import { createClient } from '../support/nest.js';

const HEARTBEAT = 250;
const OPTIONS = { bind: 'tcp://127.0.0.1:*', timeout: 0, heartbeat: HEARTBEAT };

const GONE = {
  code: 'UNAVAILABLE',
  message: 'nothing came from the caller for 750 ms (option heartbeat)',
};

describe('a stream on a link that swallows everything', () => {
  it('ends on both sides', async () => {
    const { calls, address } = await listenWatched(OPTIONS);
    const cable = await TcpProxy.open();
    onTestFinished(() => cable.close());
    cable.leadTo(address);
    const client = createClient({ connect: cable.address, timeout: 0, heartbeat: HEARTBEAT });
    const errors: unknown[] = [];
    let values = 0;
    client.send('observable', 1).subscribe({
      next: () => values++,
      error: (error: unknown) => errors.push(error),
    });
    await expect.poll(() => values).toBe(2);

    cable.hold();
    await expect.poll(() => errors).toMatchObject([{ code: 'UNAVAILABLE' }]);
    await expect.poll(() => calls.finalized).toBe(1);
    expect(calls.aborted).toMatchObject([GONE]);
  });
});

describe('a client with an open stream', () => {
  it('has its stream ended where it answers no PING, and is told', async () => {
    const { calls, address } = await listenWatched(OPTIONS);
    const peer = new RawClient(address);
    await peer.request(1, 'observable');
    const end = (await peer.inbox.untilAnswered(1)).at(-1);
    expect(end?.envelope[2]).toMatchObject([GONE.message, {}]);
    expect(calls.finalized).toBe(1);
  });

  it('keeps it while it answers', async () => {
    const { calls, address } = await listenWatched(OPTIONS);
    const peer = new RawClient(address);
    await peer.request(1, 'observable');
    for (let count = 0; count < 6; count++) {
      const ping = await peer.inbox.next(Type.PING);
      await peer.send(sequence([Type.PONG, ping.envelope[1]], header()));
    }
    expect(calls.finalized).toBe(0);
  });

  it('gets no PING where the heartbeat is 0', async () => {
    const { address } = await listenWatched({ ...OPTIONS, heartbeat: 0 });
    const watched = await listenWatched(OPTIONS);
    const [peer, other] = [new RawClient(address), new RawClient(watched.address)];
    await peer.request(1, 'observable');
    await other.request(1, 'observable');
    await other.inbox.untilAnswered(1);
    expect(peer.inbox.of(Type.PING)).toEqual([]);
  });

  it('keeps it behind a router, and loses it there when it vanishes', async () => {
    const { frontend, backend } = await startRouter();
    const { calls } = await listenWatched({
      connect: backend,
      identity: 'svc',
      timeout: 0,
      heartbeat: HEARTBEAT,
    });
    const client = createClient({ connect: frontend, address: 'svc', timeout: 0 });
    const vanishing = new RawClient(frontend);
    await expect.poll(() => client.call.echo(1).catch(() => undefined)).toBe(1);
    client.send('observable', 1).subscribe({ error: () => undefined });
    await vanishing.send(sequence([Type.REQUEST, 1, 'observable', []], header()), [], 'svc');
    await expect.poll(() => calls.begun).toBe(2);

    vanishing.dealer.close();
    await expect.poll(() => calls.finalized).toBe(1);
    await expect.poll(() => calls.aborted).toMatchObject([GONE]);
    expect(await client.call.echo(2)).toBe(2);
    expect(calls.finalized).toBe(1);
  });
});
