import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { vacantAddress } from '../../robustness/processes.js';
import { expectSoon, settle } from '../node-recorder.js';
import { ANYWHERE, Stranger, nodeWith, openNode, openRouter } from './nodes.js';
import { GREETING, latin1 } from './wire.js';

const to = Buffer.from('-');

/** A port whose process accepts nothing, and for which the system takes no more connections. */
const SILENT = `
  const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

async function silentHost(): Promise<string> {
  const child = spawn(process.execPath, ['-e', SILENT]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const address = `tcp://127.0.0.1:${String(port)}`;
  const waiting = Array.from({ length: 8 }, () => Stranger.to({ addresses: [address] }).socket);
  await expectSoon(() => waiting.filter(({ connecting }) => !connecting).length).toBe(2);
  return address;
}

describe('an identity', () => {
  it('greets the ROUTER with an empty message, and says farewell with another', async () => {
    const [router, recorder] = await openRouter();
    const [dealer] = await openNode({ type: 'dealer', connect: router.addresses, identity: 'me' });
    await expectSoon(() => recorder.greetings).toEqual(['me']);
    dealer.close();
    await expectSoon(() => recorder.greetings).toEqual(['me', 'me']);
  });

  it('does not greet without probeRouter', async () => {
    const [router, recorder] = await openRouter();
    const [dealer] = await openNode({
      type: 'dealer',
      connect: router.addresses,
      socketOptions: { probeRouter: false },
    });
    await dealer.send([Buffer.from('first')], to);
    await expectSoon(() => recorder.messages.length).toBe(1);
  });

  it('is made up where a peer has none, and is another for each', async () => {
    const [router, recorder] = await openRouter();
    await openNode({ type: 'dealer', connect: router.addresses });
    await openNode({ type: 'dealer', connect: router.addresses });
    await expectSoon(() => recorder.messages.length).toBe(2);
    const [one, other] = recorder.messages.map(({ address }) => address);
    expect([one?.length, one?.[0], other?.length, other?.[0]]).toEqual([5, 0, 5, 0]);
    expect(one?.equals(other as Buffer)).toBe(false);
  });

  it('is taken over by a later peer, and the earlier one is heard no more', async () => {
    const [router, recorder] = await openRouter();
    const options = { type: 'dealer', connect: router.addresses, identity: 'me' } as const;
    const [first] = await openNode(options);
    await expectSoon(() => recorder.greetings).toEqual(['me']);
    const [, atSecond] = await openNode(options);
    await expectSoon(() => recorder.greetings.length).toBe(2);
    await router.send([Buffer.from('hello')], Buffer.from('me'));
    await expectSoon(() => atSecond.messages.map(({ address }) => String(address))).toEqual([
      'hello',
    ]);
    await first.send([Buffer.from('me?')], to);
    await expectSoon(() => recorder.drops).toContain(
      'message of a peer whose identity was taken over',
    );
    expect(recorder.details).toContain('me, a peer at 127.0.0.1');
    first.close();
    await router.send([Buffer.from('still there')], Buffer.from('me'));
    await expectSoon(() => atSecond.messages.length).toBe(2);
    expect(recorder.greetings).toEqual(['me', 'me']);
  });

  it('that nobody has cannot be sent to', async () => {
    const [router] = await openRouter();
    await expect(router.send([to], Buffer.from('nobody'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the peer is not connected',
    });
  });
});

describe('a link', () => {
  it('is reported when it is up, lost and back', async () => {
    const [router] = await openRouter();
    const bind = [...router.addresses];
    const [, recorder] = await openNode({ type: 'dealer', connect: bind });
    await expectSoon(() => recorder.links).toEqual(['up']);
    router.close();
    await expectSoon(() => recorder.links).toEqual(['up', 'down']);
    await openNode({ type: 'router', bind });
    await expectSoon(() => recorder.links).toEqual(['up', 'down', 'up']);
  });

  it('is made once somebody listens', async () => {
    const place = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => {
      place.once('listening', resolve);
    });
    const address = `tcp://127.0.0.1:${(place.address() as { port: number }).port}`;
    await new Promise((resolve) => {
      place.close(resolve);
    });
    const [dealer, atDealer] = await openNode({ type: 'dealer', connect: [address] });
    const waiting = dealer.send([Buffer.from('early')], to);
    const [, recorder] = await openNode({ type: 'router', bind: [address] });
    await waiting;
    await expectSoon(() => recorder.payloads).toEqual(['early']);
    expect(atDealer.links).toEqual(['up']);
  });

  it('comes from where it is told to', async () => {
    const [{ addresses }, atRouter] = await openRouter();
    for (const source of ['127.0.0.1:0', '127.0.0.1:*', '127.0.0.1', 'lo:0']) {
      const connect = addresses.map((text) => text.replace('//', `//${source};`));
      const [, atDealer] = await openNode({ type: 'dealer', connect, identity: source });
      await expectSoon(() => atDealer.links).toEqual(['up']);
    }
    await expectSoon(() => atRouter.greetings).toHaveLength(4);
  });

  it('is none to itself, where nobody listens', async () => {
    const place = (await vacantAddress()).slice('tcp://'.length);
    const node = nodeWith({ type: 'dealer', connect: [`tcp://${place};${place}`] });
    const seen: string[] = [];
    await node.open({
      message: () => 1,
      up: () => seen.push('up'),
      unreachable: () => seen.push('unreachable'),
    });
    await expectSoon(() => seen.length).toBeGreaterThan(1);
    expect(seen).not.toContain('up');
  });

  it('deals to several servers in turn', async () => {
    const routers = await Promise.all([openRouter(), openRouter()]);
    const connect = routers.flatMap(([{ addresses }]) => addresses);
    const [dealer, recorder] = await openNode({ type: 'dealer', connect });
    await expectSoon(() => recorder.links).toEqual(['up', 'up']);
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => dealer.send([Buffer.from(text)], to)));
    await expectSoon(() => routers.map(([, { payloads }]) => payloads.length)).toEqual([2, 2]);
  });
});

describe.runIf(process.platform === 'linux')('a host that does not respond', () => {
  it('is given up after the connectTimeout, and tried again', async () => {
    const address = await silentHost();
    const socketOptions = { connectTimeout: 20, handshakeInterval: 0 };
    const node = nodeWith({ type: 'dealer', connect: [address], socketOptions });
    let failures = 0;
    await node.open({ message: () => 1, unreachable: () => failures++ });
    await expectSoon(() => failures).toBeGreaterThan(1);
  });
});

describe('PLAIN', () => {
  const socketOptions = { plainUsername: 'ada', plainPassword: 'engine' };

  it('lets in who knows the name and the password, and no one else', async () => {
    const [router, recorder] = await openRouter({ ...socketOptions, plainServer: true });
    const connect = router.addresses;
    const [dealer] = await openNode({ type: 'dealer', connect, socketOptions });
    await settle((text) => dealer.send([Buffer.from(text)], to), recorder);
    const wrong = { ...socketOptions, plainPassword: 'Engine' };
    const [, atWrong] = await openNode({ type: 'dealer', connect, socketOptions: wrong });
    await expectSoon(() => atWrong.errors[0]?.message).toContain('the credentials are wrong');
    const [, atOpen] = await openNode({ type: 'dealer', connect });
    await expectSoon(() => atOpen.errors[0]?.message).toContain('PLAIN, and this side NULL');
  });
});

describe('topics', () => {
  it('are asked for and taken back on an open node, and kept for the next opening', async () => {
    const [publisher] = await openNode({ type: 'pub', bind: [ANYWHERE] });
    const connect = publisher.addresses;
    const [subscriber, recorder] = await openNode({ type: 'sub', connect, topics: ['end'] });
    subscriber.subscribe('news');
    subscriber.subscribe('news');
    const publish = (topic: string): Promise<void> =>
      publisher.send([Buffer.from(topic)], Buffer.from(topic));
    await expectSoon(async () => {
      await publish('newspaper');
      return recorder.payloads;
    }).toContain('newspaper');
    subscriber.unsubscribe('news');
    subscriber.close();
    await subscriber.open(recorder);
    recorder.messages.length = 0;
    await expectSoon(async () => {
      await publish('news');
      await publish('end');
      return recorder.payloads;
    }).toContain('end');
    expect(recorder.payloads).not.toContain('news');
  });

  it('that nobody asked for are not delivered, though a publisher sends them', async () => {
    const [subscriber, recorder] = await openNode({
      type: 'sub',
      bind: [ANYWHERE],
      topics: ['wanted'],
    });
    const ready = latin1('\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03PUB');
    Stranger.to(subscriber, GREETING, ready, latin1('\x00\x05other\x00\x06wanted'));
    await expectSoon(() => recorder.messages.map(({ address }) => String(address))).toEqual([
      'wanted',
    ]);
  });

  it('that are too many end the connection of their subscriber', async () => {
    const [publisher, recorder] = await openNode({ type: 'pub', bind: [ANYWHERE] });
    const ready = latin1('\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB');
    const subscriptions = Array.from({ length: 66_000 }, (_, index) =>
      latin1(`\x04\x10\x09SUBSCRIBE${String(index).padStart(6, '0')}`),
    );
    const stranger = Stranger.to(publisher, GREETING, ready, Buffer.concat(subscriptions));
    await expectSoon(() => stranger.isClosed).toBe(true);
    await expectSoon(() => recorder.drops).toEqual(['connection that breaks ZMTP']);
  });
});

it.each(['nowhere:0', '*:0', 'localhost:0', '999.0.0.1:0'])(
  'refuses to come from %s, which is no address or interface of this host',
  (source) => {
    const connect = [`tcp://${source};127.0.0.1:5555`];
    expect(() => nodeWith({ type: 'dealer', connect })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`connect '${connect[0]}' has no usable source`),
      }),
    );
  },
);

it('leaves no socket open when it is closed', async () => {
  const [router] = await openRouter();
  const sockets = [...router.sockets];
  router.close();
  expect(sockets).toMatchObject([{ closed: true }]);
});

it('refuses an address that is neither tcp:// nor ipc://', () => {
  for (const address of ['inproc://name', 'udp://127.0.0.1:1', 'nonsense']) {
    expect(() => nodeWith({ type: 'router', bind: [address] })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  }
});
