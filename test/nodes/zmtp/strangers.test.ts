import { describe, expect, it } from 'vitest';
import { expectSoon } from '../node-recorder.js';
import { Stranger, openNode, openRouter, strangeServer } from './nodes.js';
import { GREETING, READY_DEALER, READY_SUB, hex, latin1 } from './wire.js';

const ZMTP_2 = hex('ff 0000000000000001 7f 01 05 0000');

describe('a ROUTER that is bound', () => {
  it.each([
    ['speaks HTTP', latin1('GET / HTTP/1.1\r\n\r\n'), 'the other side speaks no ZMTP'],
    ['speaks ZMTP 2.0', ZMTP_2, 'the other side speaks ZMTP 2.0'],
    [
      'sends a message before its handshake',
      Buffer.concat([GREETING, hex('00 00')]),
      'a message comes before the handshake is done',
    ],
    [
      'breaks the framing',
      Buffer.concat([GREETING, READY_DEALER, hex('ff')]),
      'a frame cannot have the flags 0xff',
    ],
  ])('closes the connection of a stranger that %s, and says why', async (_, bytes, reason) => {
    const [router, recorder] = await openRouter();
    const stranger = Stranger.to(router, bytes, hex('00'));
    await expectSoon(() => stranger.isClosed).toBe(true);
    await expectSoon(() => recorder.drops).toEqual(['connection that breaks ZMTP']);
    expect(recorder.details).toEqual([expect.stringContaining(`a peer at 127.0.0.1: ${reason}`)]);
  });

  it('tells a stranger of the wrong type why it is refused', async () => {
    const [router] = await openRouter();
    const stranger = Stranger.to(router, GREETING, READY_SUB);
    await expectSoon(() => stranger.isClosed).toBe(true);
    expect(stranger.text).toContain('\x05ERROR\x1da ROUTER cannot talk to a SUB');
  });

  it.each([
    ['says nothing', []],
    ['stops within its greeting', [GREETING.subarray(0, 30)]],
    ['stops within its handshake', [GREETING, READY_DEALER.subarray(0, 10)]],
  ])('closes the connection of a stranger that %s in time', async (_, chunks) => {
    const [router] = await openRouter({ handshakeInterval: 50 });
    const stranger = Stranger.to(router, ...chunks);
    await expectSoon(() => stranger.isClosed).toBe(true);
  });

  it('keeps a silent peer whose handshake is done', async () => {
    const [router, recorder] = await openRouter({ handshakeInterval: 50 });
    const peer = Stranger.to(router, GREETING, READY_DEALER);
    const silent = Stranger.to(router);
    await expectSoon(() => silent.isClosed).toBe(true);
    peer.socket.write(hex('00 01 61'));
    await expectSoon(() => recorder.messages.length).toBe(1);
  });

  it('takes a conversation that comes byte by byte', async () => {
    const [router, recorder] = await openRouter();
    const stranger = Stranger.to(router);
    stranger.socket.setNoDelay(true);
    for (const byte of Buffer.concat([GREETING, READY_DEALER, latin1('\x01\x01a\x00\x01b')])) {
      await new Promise((resolve) => {
        stranger.socket.write(Buffer.of(byte), resolve);
      });
    }
    await expectSoon(() => recorder.texts.map(({ frames }) => frames)).toEqual([['a', 'b']]);
  });

  it('drops the connection of a peer whose message is over the limit, and takes others', async () => {
    const [router, recorder] = await openRouter({ maxMessageSize: 3 });
    const peer = Stranger.to(router, GREETING, READY_DEALER, hex('00 03 616263 00 04'));
    await expectSoon(() => peer.isClosed).toBe(true);
    expect(recorder.texts.map(({ frames }) => frames)).toEqual([['abc']]);
    expect(recorder.drops).toEqual(['connection that breaks ZMTP']);
    const [client, atClient] = await openNode({ type: 'dealer', connect: router.addresses });
    await expectSoon(() => atClient.links).toEqual(['up']);
    await client.send([], Buffer.from('ok'));
    await expectSoon(() => recorder.messages.at(-1)?.frames.map(String)).toEqual(['ok']);
  });
});

it('keeps no more of a message than its limit, whatever commands come within it', async () => {
  const [router, recorder] = await openRouter({ maxMessageSize: 100_000 });
  const noise = Buffer.alloc(9 + 16_000);
  noise.write('\x06\x00\x00\x00\x00\x00\x00\x3e\x80\x05NOISE', 'latin1');
  const peer = Stranger.to(router, GREETING, READY_DEALER, latin1('\x01\x01a'));
  for (let count = 0; count < 12; count++) {
    peer.socket.write(noise);
  }
  await expectSoon(() => peer.isClosed).toBe(true);
  expect(recorder.drops).toEqual(['connection that breaks ZMTP']);
});

describe('a heartbeat', () => {
  it('is answered', async () => {
    const [router] = await openRouter();
    const peer = Stranger.to(router, GREETING, READY_DEALER, latin1('\x04\x09\x04PING\x00\x00hi'));
    await expectSoon(() => peer.text).toContain('\x04\x07\x04PONGhi');
  });

  it('ends the connection of a peer that is silent for its time to live', async () => {
    const [router, recorder] = await openRouter();
    const peer = Stranger.to(router, GREETING, READY_DEALER, latin1('\x04\x07\x04PING\x00\x01'));
    await expectSoon(() => peer.isClosed).toBe(true);
    expect(recorder.greetings).toHaveLength(1);
  });
});

describe('connections', () => {
  const SHAKES_HANDS = [GREETING, READY_DEALER];

  it.each(['maxConnections', 'maxConnectionsPerAddress'])('are limited by %s', async (limit) => {
    const [router, recorder] = await openRouter({ [limit]: 2 });
    const welcome = [1, 2].map(() => Stranger.to(router, ...SHAKES_HANDS));
    await expectSoon(() => welcome.every(({ text }) => text.includes('READY'))).toBe(true);
    const third = Stranger.to(router, GREETING);
    await expectSoon(() => third.isClosed).toBe(true);
    expect(third.text).toBe('');
    expect(recorder.drops).toEqual(['connection over the limit']);
    expect(recorder.details).toEqual(['a peer at 127.0.0.1']);
    welcome[0]?.socket.destroy();
    await expectSoon(() => {
      const next = Stranger.to(router, GREETING);
      return new Promise((resolve) => {
        next.socket.once('data', () => resolve(true)).once('close', () => resolve(false));
      });
    }).toBe(true);
  });

  it.each(['maxConnections', 'maxConnectionsPerAddress', 'maxHandshakes'])(
    'that do not shake hands give way to those that do where %s is reached',
    async (limit) => {
      const [router, recorder] = await openRouter({ [limit]: 3, handshakeInterval: 0 });
      const silent = [1, 2, 3].map(() => Stranger.to(router));
      await expectSoon(() => silent.every(({ text }) => text !== '')).toBe(true);

      const peer = Stranger.to(router, ...SHAKES_HANDS);
      await expectSoon(() => peer.text).toContain('READY');

      expect(silent.filter(({ isClosed }) => isClosed)).toHaveLength(1);
      expect(recorder.drops).toEqual(['handshake that gives way to a newer connection']);
    },
  );
});

describe('unfinished messages', () => {
  const LIMIT = 80_000;
  const BEGUN = latin1('\x02\x00\x00\x00\x00\x00\x01\x00\x00');

  it('end the connection that holds the most of them where all together are over the limit', async () => {
    const [router, recorder] = await openRouter({ maxUnfinishedBytes: LIMIT });
    const begun = [20_000, 60_000, 10_000].map((size) => {
      const peer = Stranger.to(router, GREETING, READY_DEALER, BEGUN);
      peer.socket.write(Buffer.alloc(size));
      return peer;
    });
    await expectSoon(() => begun[1]?.isClosed).toBe(true);
    expect(begun.map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
    expect(recorder.drops).toEqual(['unfinished message, for all of them are over their limit']);
  });

  it('count no more once they are complete, or their connection has ended', async () => {
    const [router, recorder] = await openRouter({ maxUnfinishedBytes: LIMIT });
    for (let count = 1; count <= 5; count++) {
      const gone = Stranger.to(router, GREETING, READY_DEALER, BEGUN, Buffer.alloc(20_000));
      await expectSoon(() => recorder.greetings.length).toBe(count - 1);
      gone.socket.end();
      await expectSoon(() => recorder.greetings.length).toBe(count);
      const peer = Stranger.to(router, GREETING, READY_DEALER, BEGUN, Buffer.alloc(65_536));
      await expectSoon(() => recorder.messages.length).toBe(2 * count);
      expect(peer.isClosed).toBe(false);
    }
    expect(recorder.drops).toEqual([]);
  });
});

describe('a DEALER that connects', () => {
  it.each([
    ['speaks ZMTP 2.0', 'UNAVAILABLE', [ZMTP_2], 'ZMTP 2.0, older than 3.0'],
    ['speaks no ZMTP', 'UNAVAILABLE', [latin1('SSH-2.0-x\r\n')], 'speaks no ZMTP'],
    ['is of the wrong type', 'UNAVAILABLE', [GREETING, READY_SUB], 'cannot talk to a SUB'],
    [
      'refuses',
      'UNAVAILABLE',
      [GREETING, latin1('\x04\x0a\x05ERROR\x03you')],
      'the other side refuses: you',
    ],
    [
      'refuses the credentials',
      'UNAUTHENTICATED',
      [GREETING, latin1('\x04\x0a\x05ERROR\x03400')],
      'the credentials are wrong (400)',
    ],
  ])('reports that the other side %s: %s', async (_, code, chunks, reason) => {
    const address = await strangeServer(...chunks);
    const [, recorder] = await openNode({ type: 'dealer', connect: [address] });
    await expectSoon(() => recorder.errors[0]).toMatchObject({
      code,
      message: expect.stringContaining(reason),
      context: { address },
    });
    expect(recorder.links).toEqual([]);
  });

  it('reports that the other side says nothing', async () => {
    const address = await strangeServer();
    const [, recorder] = await openNode({
      type: 'dealer',
      connect: [address],
      socketOptions: { handshakeInterval: 50 },
    });
    await expectSoon(() => recorder.errors[0]?.message).toContain('takes longer than 50 ms');
  });
});
