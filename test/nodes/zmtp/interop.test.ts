import { type Socket, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Dealer, Router } from 'zeromq';
import type { ZmtpNode, ZmtpNodeOptions } from '../../../lib/nodes/zmtp/zmtp-node.js';
import { describePython } from '../../interop/python-peer.js';
import { expectSoon } from '../node-recorder.js';
import type { CurveSecurity } from '../../../lib/nodes/security.js';
import { type TestKeys, newParty } from './curve-keys.js';
import {
  type ForeignKeys,
  type ForeignSocket,
  type ForeignType,
  type MakeForeign,
  fromPython,
  fromZeromq,
} from './foreign-socket.js';
import { ANYWHERE, type DropRecorder, openNode, openRouter } from './nodes.js';

type Pair = [node: ZmtpNode, recorder: DropRecorder, foreign: ForeignSocket];

const LARGE = Buffer.alloc(300_000, 'abcdefg');

/** The keys of both sides; none without CURVE. */
interface BothKeys {
  readonly security?: CurveSecurity;
  readonly curve?: ForeignKeys;
}

/** Who is the server of CURVE, whoever binds. */
const SECURITIES: Readonly<Record<string, () => BothKeys>> = {
  'without security': () => ({}),
  'with CURVE, this side the server': () => {
    const { server, adaKeys } = newParty();
    return { security: server, curve: textsOf(adaKeys, server.keys.publicText) };
  },
  'with CURVE, libzmq the server': () => {
    const { server, ada } = newParty();
    return { security: ada, curve: textsOf(server.keys) };
  },
};

function textsOf({ secretText, publicText }: TestKeys, serverKey?: string): ForeignKeys {
  const keys = { secretKey: secretText, publicKey: publicText };
  return serverKey === undefined ? keys : { ...keys, serverKey };
}

const SITUATIONS = Object.entries(SECURITIES).flatMap(([name, keys]) =>
  ['this side', 'libzmq'].map((binder) => [name, binder, keys] as const),
);

function describeInterop(make: MakeForeign): void {
  describe.each(SITUATIONS)('%s, where %s binds', (_, binder, keysOf) => {
    const pair = async (type: ZmtpNodeOptions['type'], theirs: ForeignType): Promise<Pair> => {
      const { security, curve } = keysOf();
      const options = { type, topics: ['news'], security };
      if (binder === 'libzmq') {
        const foreign = await make(theirs, undefined, curve);
        return [...(await openNode({ ...options, connect: [foreign.endpoint] })), foreign];
      }
      const opened = await openNode({ ...options, bind: [ANYWHERE] });
      return [...opened, await make(theirs, opened[0].addresses[0], curve)];
    };

    it('a ROUTER responds to a DEALER of libzmq', async () => {
      const [router, recorder, dealer] = await pair('router', 'dealer');
      await dealer.send('-', 'question', '');
      await expectSoon(() => recorder.texts.map(({ frames }) => frames)).toEqual([
        ['-', 'question', ''],
      ]);
      const { address } = recorder.messages.at(-1)!;
      await router.send([Buffer.from('answer'), Buffer.alloc(0), LARGE], address);
      expect(await dealer.receive()).toEqual(['answer', '', LARGE.toString()]);
    });

    it('a DEALER greets a ROUTER of libzmq, asks it and takes its response', async () => {
      const [dealer, recorder, router] = await pair('dealer', 'router');
      const [identity, ...greeting] = await router.receive();
      expect(greeting).toEqual(['']);
      await dealer.send([Buffer.from('question'), LARGE], Buffer.from('-'));
      expect(await router.receive()).toEqual([identity, '-', 'question', LARGE.toString()]);
      await router.send(Buffer.from(identity ?? '', 'latin1'), '-', 'answer', '');
      await expectSoon(() => recorder.texts).toEqual([{ address: '-', frames: ['answer', ''] }]);
    });

    it('a SUB tells an XPUB of libzmq its topics, and takes what it asked for', async () => {
      const [subscriber, recorder, publisher] = await pair('sub', 'xpub');
      expect(await publisher.receive()).toEqual(['\x01news']);
      await publisher.send('other', 'no');
      await publisher.send('newspaper', 'yes');
      await expectSoon(() => recorder.texts).toEqual([{ address: 'newspaper', frames: ['yes'] }]);
      subscriber.unsubscribe('news');
      expect(await publisher.receive()).toEqual(['\x00news']);
    });

    // test/interop has the subscribers of Python.
    it.skipIf(make === fromPython)('a PUB publishes to a SUB of libzmq', async () => {
      const [publisher, , subscriber] = await pair('pub', 'sub');
      let message: string[] | undefined;
      void subscriber.receive().then((received) => (message = received));
      await expectSoon(async () => {
        await publisher.send([LARGE], Buffer.from('news'));
        return message;
      }).toEqual(['news', LARGE.toString()]);
    });
  });
}

describe('with zeromq.js', () => {
  describeInterop(fromZeromq);
});
describePython('with pyzmq', () => {
  describeInterop(fromPython);
});

describe('with libzmq', () => {
  it('its heartbeats are answered', async () => {
    const [router, recorder] = await openRouter();
    const watched = await watch(router);
    const dealer = new Dealer({
      heartbeatInterval: 10,
      heartbeatTimeout: 10_000,
      probeRouter: true,
      linger: 0,
    });
    onTestFinished(() => dealer.close());
    dealer.connect(watched.address);
    await expectSoon(() => watched.answers.join('').split('PONG').length).toBeGreaterThan(10);
    expect(recorder.greetings).toHaveLength(1);
  });

  it('a client is let in by PLAIN', async () => {
    const credentials = { plainUsername: 'ada', plainPassword: 'engine' };
    const [router, recorder] = await openRouter({ ...credentials, plainServer: true });
    const dealer = new Dealer({ ...credentials, linger: 0 });
    onTestFinished(() => dealer.close());
    dealer.connect(router.addresses[0] ?? '');
    await dealer.send(['-', 'hello']);
    await expectSoon(() => recorder.payloads).toEqual(['hello']);
  });

  it('a client with a wrong password learns that it is refused', async () => {
    const credentials = { plainUsername: 'ada', plainPassword: 'engine' };
    const [router, recorder] = await openRouter({ ...credentials, plainServer: true });
    const dealer = new Dealer({ ...credentials, plainPassword: 'wrong', linger: 0 });
    onTestFinished(() => dealer.close());
    const { events } = dealer;
    dealer.connect(router.addresses[0] ?? '');
    // In PLAIN libzmq looks for a misspelt ERROR, and finds fault with a right one.
    for (let type = ''; !type.startsWith('handshake:error');) {
      ({ type } = await events.receive());
    }
    await expectSoon(() => recorder.drops).toEqual(['connection that breaks ZMTP']);
  });
});

describe('a server of libzmq with PLAIN', () => {
  let zap: Router;
  beforeAll(async () => {
    zap = await answerZap('ada');
  });
  afterAll(() => zap.close());

  it.each([
    ['lets in who has the right name', 'ada', []],
    ['refuses another, who is told why', 'bob', ['the credentials are wrong (400)']],
  ])('%s', async (_, plainUsername, reasons) => {
    const server = new Router({ plainServer: true, zapDomain: 'test', linger: 0 });
    onTestFinished(() => server.close());
    await server.bind(ANYWHERE);
    const [, recorder] = await openNode({
      type: 'dealer',
      connect: [server.lastEndpoint ?? ''],
      socketOptions: { plainUsername, plainPassword: 'engine' },
    });
    await expectSoon(() => recorder.links.length + recorder.errors.length).toBe(1);
    expect(recorder.errors.map(({ message }) => message.split('refuses: ')[1])).toEqual(reasons);
  });
});

/** Puts a relay before a node, which keeps what the node says. */
async function watch(node: ZmtpNode): Promise<{ address: string; answers: string[] }> {
  const answers: string[] = [];
  const port = Number(node.addresses[0]?.split(':').at(-1));
  const relay = createServer((near: Socket) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    near.on('error', () => undefined);
    far.on('error', () => undefined);
    far.on('data', (chunk) => answers.push(chunk.toString('latin1')));
    onTestFinished(() => void near.destroy());
  });
  onTestFinished(() => void relay.close());
  await new Promise<void>((resolve) => {
    relay.listen(0, '127.0.0.1', resolve);
  });
  return { address: `tcp://127.0.0.1:${(relay.address() as { port: number }).port}`, answers };
}

/** Answers requests for authentication: lets in who has this name (27/ZAP). */
async function answerZap(name: string): Promise<Router> {
  const zap = new Router({ linger: 0 });
  await zap.bind('inproc://zeromq.zap.01');
  const serve = async (): Promise<void> => {
    for (;;) {
      const [path, delimiter, version, request, , , , , username] = await zap.receive();
      const status = String(username) === name ? '200' : '400';
      await zap.send([path!, delimiter!, version!, request!, status, '', name, '']);
    }
  };
  serve().catch(() => undefined);
  return zap;
}
