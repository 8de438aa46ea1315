import { describe, expect, it } from 'vitest';
import { expectSoon } from '../node-recorder.js';
import { ANYWHERE, Stranger, openNode, openRouter } from './nodes.js';
import { GREETING, latin1 } from './wire.js';

/** More than the kernel takes for a peer that reads nothing. */
const FLOOD = Array.from({ length: 48 }, (_, index) => Buffer.alloc(1024 * 1024, index));

const readyAs = (identity: string): Buffer =>
  latin1(
    `\x04${String.fromCharCode(41 + identity.length)}\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER` +
      `\x08Identity\x00\x00\x00${String.fromCharCode(identity.length)}${identity}`,
  );

/** A peer that reads nothing, from the start. */
function deaf(...[node, identity]: [Parameters<typeof Stranger.to>[0], string]): Stranger {
  const stranger = Stranger.to(node, GREETING, readyAs(identity), latin1('\x00\x00'));
  stranger.socket.pause();
  return stranger;
}

describe('a peer that reads nothing', () => {
  it('does not hold up the others', async () => {
    const [router, recorder] = await openRouter({ sendHighWaterMark: 1 });
    deaf(router, 'deaf');
    await expectSoon(() => recorder.greetings).toEqual(['deaf']);
    const sends = FLOOD.map((content) => router.send([content], Buffer.from('deaf')));
    sends.forEach((sending) => void sending.catch(() => undefined));
    const [, atOther] = await openNode({
      type: 'dealer',
      connect: router.addresses,
      identity: 'other',
    });
    await expectSoon(() => recorder.greetings).toEqual(['deaf', 'other']);
    await router.send([Buffer.from('hello')], Buffer.from('other'));
    await expectSoon(() => atOther.messages.length).toBe(1);
  });

  it('gets what waited for it, in order, when it reads again', async () => {
    const [router, recorder] = await openRouter({ sendHighWaterMark: 1 });
    const peer = deaf(router, 'deaf');
    await expectSoon(() => recorder.greetings).toEqual(['deaf']);
    let sent = 0;
    const sends = FLOOD.map(async (content) => {
      await router.send([content], Buffer.from('deaf'));
      sent++;
    });
    await router.flush(100);
    expect(sent).toBeLessThan(FLOOD.length);
    peer.socket.removeAllListeners('data');
    let size = 0;
    const order: number[] = [];
    peer.socket.on('data', (chunk) => {
      size += chunk.length;
      const last = chunk.at(-1) as number;
      if (order.at(-1) !== last && size > 1024 * 1024) {
        order.push(last);
      }
    });
    peer.socket.resume();
    await Promise.all(sends);
    await expectSoon(() => size).toBeGreaterThan(FLOOD.length * 1024 * 1024);
    expect(order.at(-1)).toBe(FLOOD.length - 1);
    expect(order).toEqual(order.toSorted((left, right) => left - right));
  });

  it('makes the node reopen its transport after the sendTimeout', async () => {
    const [router, recorder] = await openRouter({ sendHighWaterMark: 1, sendTimeout: 50 });
    const addresses = [...router.addresses];
    deaf(router, 'deaf');
    await expectSoon(() => recorder.greetings).toEqual(['deaf']);
    const sends = FLOOD.map((content) => router.send([content], Buffer.from('deaf')));
    const outcomes = await Promise.allSettled(sends);
    expect(outcomes.at(-1)).toMatchObject({
      reason: { code: 'UNAVAILABLE', message: 'node transport reopened' },
    });
    await expectSoon(() => router.addresses).toEqual(addresses);
  });

  it('misses events that it has no room for, which are counted, and the others get them', async () => {
    const [publisher, recorder] = await openNode({
      type: 'pub',
      bind: [ANYWHERE],
      socketOptions: { sendHighWaterMark: 1 },
    });
    const subscriber = Stranger.to(
      publisher,
      GREETING,
      latin1('\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB\x04\x0a\x09SUBSCRIBE'),
    );
    subscriber.socket.pause();
    const [, other] = await openNode({ type: 'sub', connect: publisher.addresses, topics: [''] });
    await expectSoon(async () => {
      await publisher.send([FLOOD[0] as Buffer], Buffer.from('news'));
      return recorder.drops[0];
    }).toBe('event for a subscriber that takes nothing');
    expect(recorder.details[0]).toBe('a peer at 127.0.0.1');
    const before = other.messages.length;
    await expectSoon(async () => {
      await publisher.send([Buffer.from('small')], Buffer.from('news'));
      return other.messages.length;
    }).toBeGreaterThan(before);
  });

  it('gets no answers to its heartbeats beyond the mark', async () => {
    const [router, recorder] = await openRouter({ sendHighWaterMark: 1 });
    const peer = deaf(router, 'deaf');
    await expectSoon(() => recorder.greetings).toEqual(['deaf']);
    const sends = FLOOD.map((content) => router.send([content], Buffer.from('deaf')));
    sends.forEach((sending) => void sending.catch(() => undefined));
    const pings = latin1('\x04\x07\x04PING\x00\x00'.repeat(100_000));
    await new Promise((resolve) => {
      peer.socket.write(pings, resolve);
    });
    peer.socket.write(latin1('\x00\x04over'));
    await expectSoon(() => recorder.payloads).toEqual(['over']);
    peer.socket.removeAllListeners('data');
    let answers = 0;
    peer.socket.on('data', (chunk) => {
      answers += chunk.toString('latin1').split('PONG').length - 1;
    });
    peer.socket.resume();
    await Promise.all(sends);
    expect(answers).toBe(0);
  });
});
