import { describe, expect, it, onTestFinished } from 'vitest';
import { Dealer, Router } from 'zeromq';
import type { CurveSecurity } from '../../../lib/nodes/security.js';
import type { ZmtpNode } from '../../../lib/nodes/zmtp/zmtp-node.js';
import { expectSoon } from '../node-recorder.js';
import { clientOf, newKeys, newParty } from './curve-keys.js';
import { ANYWHERE, DropRecorder, Stranger, nodeWith, openNode } from './nodes.js';
import { GREETING } from './wire.js';

const to = Buffer.from('-');

const SERVER_KEY = 'is the serverKey of this side the public key of that server?';
const ALLOWED = 'does that server allow the public key of this side';

function bind(
  security: CurveSecurity,
  socketOptions: object = {},
): Promise<[ZmtpNode, DropRecorder]> {
  return openNode({ type: 'router', bind: [ANYWHERE], security, socketOptions });
}

/** Connects a DEALER, and records its refusals too. */
async function connectTo(
  router: ZmtpNode,
  security: CurveSecurity | undefined,
  identity = '',
  socketOptions: object = {},
): Promise<[ZmtpNode, DropRecorder & { refusals: string[] }]> {
  const node = nodeWith({
    type: 'dealer',
    connect: router.addresses,
    identity,
    security,
    socketOptions,
  });
  const refusals: string[] = [];
  const recorder = Object.assign(new DropRecorder(), {
    refusals,
    unreachable: (_address: string, refusal?: Error) => refusal && refusals.push(refusal.message),
  });
  await node.open(recorder);
  return [node, recorder];
}

describe('a ROUTER with CURVE', () => {
  it('knows who has which identity', async () => {
    const { server, ada, adaKeys } = newParty();
    const [router, recorder] = await bind(server);
    const [dealer] = await connectTo(router, ada, 'me');
    await expectSoon(() => recorder.greetings).toEqual(['me']);
    expect(router.peerOf(Buffer.from('me'))).toEqual({
      name: 'ada',
      publicKey: adaKeys.publicText,
    });
    expect(router.peerOf(Buffer.from('you'))).toBeUndefined();
    dealer.close();
    await expectSoon(() => recorder.greetings).toEqual(['me', 'me']);
    expect(router.peerOf(Buffer.from('me'))).toBeUndefined();
  });

  it('knows who somebody is that has no identity', async () => {
    const { server, ada } = newParty();
    const [router, recorder] = await bind(server);
    await connectTo(router, ada);
    await expectSoon(() => recorder.messages.length).toBe(1);
    expect(router.peerOf(recorder.messages[0]!.address)).toMatchObject({ name: 'ada' });
  });

  it('asks with the IP address of who wants to come in', async () => {
    const { server, ada } = newParty();
    const [router, recorder] = await bind(server);
    await connectTo(router, ada);
    await expectSoon(() => recorder.messages.length).toBe(1);
    expect(server.addresses).toEqual(['127.0.0.1']);
  });

  it('takes nobody in whose key it does not know, and both sides are told', async () => {
    const { server } = newParty();
    const [router, recorder] = await bind(server);
    const [, atStranger] = await connectTo(router, clientOf(server, newKeys()));
    await expectSoon(() => atStranger.errors[0]).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(
        `refused the handshake: the other side refuses: the credentials are wrong (400); ${ALLOWED}`,
      ),
    });
    expect(atStranger.refusals[0]).toBe(atStranger.errors[0]?.message);
    await expectSoon(() => recorder.drops).toContain('connection that is not let in');
    expect(recorder.errors[0]).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'a peer at 127.0.0.1 is refused: its public key is not allowed',
    });
    expect([recorder.messages, atStranger.links]).toEqual([[], []]);
  });

  it('takes nobody in who wants a server with another key, and both sides are told', async () => {
    const { server, adaKeys } = newParty();
    const [router, recorder] = await bind(server);
    const [, atClient] = await connectTo(router, clientOf(newKeys(), adaKeys));
    await expectSoon(() => atClient.errors[0]).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(SERVER_KEY),
    });
    await expectSoon(() => recorder.errors[0]?.message).toContain(
      'wants a server with another key',
    );
    expect(server.addresses).toEqual([]);
  });

  it.each([
    ['NULL', {}],
    ['PLAIN', { plainUsername: 'ada', plainPassword: 'engine' }],
  ])('takes nobody in who has %s, and both sides are told', async (name, socketOptions) => {
    const [router, recorder] = await bind(newParty().server);
    const [, atClient] = await connectTo(router, undefined, '', socketOptions);
    await expectSoon(() => atClient.errors[0]).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(`security mechanism CURVE, and this side ${name}`),
    });
    await expectSoon(() => recorder.errors[0]?.message).toContain(
      `security mechanism ${name}, and this side CURVE`,
    );
    expect(recorder.drops).toContain('connection that is not let in');
  });

  it('does not count a stranger that says nothing', async () => {
    const [router, recorder] = await bind(newParty().server);
    const stranger = Stranger.to(router, GREETING.subarray(0, 5));
    await expectSoon(() => stranger.text.length).toBe(64);
    stranger.socket.destroy();
    const [, atNull] = await connectTo(router, undefined);
    await expectSoon(() => atNull.errors.length).toBe(1);
    expect(new Set(recorder.drops)).toEqual(new Set(['connection that is not let in']));
  });

  it('ends a handshake in time while nobody decides', async () => {
    const { server, ada } = newParty();
    server.answering = () => new Promise(() => undefined);
    const [router, recorder] = await bind(server, { handshakeInterval: 50 });
    const [, atClient] = await connectTo(router, ada);
    await expectSoon(() => atClient.errors[0]?.message).toContain(`hangs up; ${ALLOWED}`);
    expect(recorder.drops).toContain('connection that breaks ZMTP');
  });

  it('says nothing to a client that cannot be authorized, and lets it try again', async () => {
    const { server, ada } = newParty();
    server.answering = () => Promise.reject(new Error('the database is down'));
    const [router, recorder] = await bind(server);
    const [, atClient] = await connectTo(router, ada);
    await expectSoon(() => recorder.errors[0]?.message).toBe(
      'a peer at 127.0.0.1 is refused: its key cannot be authorized: the database is down',
    );
    expect(atClient.refusals).toEqual([]);
    server.answering = () => Promise.resolve();
    await expectSoon(() => atClient.links).toEqual(['up']);
  });

  it('listens to changes while it is open', async () => {
    const { server } = newParty();
    const [router] = await bind(server);
    expect(server.listenerCount).toBe(1);
    router.close();
    expect(server.listenerCount).toBe(0);
  });
});

describe('a DEALER with CURVE', () => {
  it('does not talk to a server without it', async () => {
    const [router] = await openNode({ type: 'router', bind: [ANYWHERE] });
    const [, atClient] = await connectTo(router, newParty().ada);
    await expectSoon(() => atClient.errors[0]).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('security mechanism NULL, and this side CURVE'),
    });
    expect(atClient.links).toEqual([]);
  });

  it('can be the server of it, and the ROUTER the client', async () => {
    const { server, ada } = newParty();
    const [router, recorder] = await bind(ada);
    const [dealer, atDealer] = await connectTo(router, server);
    await expectSoon(() => atDealer.links).toEqual(['up']);
    await dealer.send([Buffer.from('hello')], to);
    await expectSoon(() => recorder.payloads).toEqual(['hello']);
  });

  it('says so where both sides are servers of it', async () => {
    const { server } = newParty();
    const [router] = await bind(server);
    const [, atDealer] = await connectTo(router, server);
    await expectSoon(() => atDealer.errors[0]?.message).toContain(
      'both sides are servers of CURVE: one of them must be its client',
    );
  });

  it('is open as soon as open() returns', () => {
    const { ada } = newParty();
    const node = nodeWith({ type: 'dealer', connect: ['tcp://127.0.0.1:9'], security: ada });
    void node.open(new DropRecorder());
    expect(node.closed).toBe(false);
  });
});

describe('an identity with CURVE', () => {
  it('is taken over by the same key only', async () => {
    const { server, ada, bob } = newParty();
    const [router, recorder] = await bind(server);
    const [, atAda] = await connectTo(router, ada, 'me');
    await expectSoon(() => recorder.greetings).toEqual(['me']);
    const [, atBob] = await connectTo(router, bob, 'me');
    await expectSoon(() => atBob.errors[0]).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('has no other key its identity?'),
    });
    await expectSoon(() => recorder.drops).toContain('connection that is not let in');
    expect(recorder.errors[0]?.message).toBe(
      `a peer at 127.0.0.1 is refused: the identity "me" is that of another key, not of 'bob'`,
    );
    expect(atBob.links).toEqual([]);
    const [, atSecond] = await connectTo(router, ada, 'me');
    await expectSoon(() => atSecond.links).toEqual(['up']);
    await expectSoon(() => recorder.greetings).toEqual(['me', 'me']);
    await router.send([to, Buffer.from('hello')], Buffer.from('me'));
    await expectSoon(() => atSecond.payloads).toEqual(['hello']);
    expect(atAda.links).toEqual(['up']);
  });

  it('stays with its key while that has gone, until that is revoked', async () => {
    const { server, ada, bob } = newParty();
    const [router, recorder] = await bind(server);
    const [first] = await connectTo(router, ada, 'me');
    await expectSoon(() => recorder.greetings).toEqual(['me']);
    first.close();
    await expectSoon(() => recorder.greetings).toEqual(['me', 'me']);
    const [, atBob] = await connectTo(router, bob, 'me');
    await expectSoon(() => atBob.errors.length).toBe(1);
    server.revoke('ada');
    await expectSoon(() => atBob.links).toEqual(['up']);
    expect(router.peerOf(Buffer.from('me'))).toMatchObject({ name: 'bob' });
  });

  it('stays with its key when its node is opened again', async () => {
    const { server, ada, bob } = newParty();
    const [router, recorder] = await bind(server);
    await connectTo(router, ada, 'me');
    await expectSoon(() => recorder.greetings).toEqual(['me']);
    router.reopen('the test says so');
    await expectSoon(() => router.closed).toBe(false);
    const [, atBob] = await connectTo(router, bob, 'me');
    await expectSoon(() => atBob.refusals.length).toBeGreaterThan(0);
  });
});

describe('a key that is revoked', () => {
  it('ends its links, and is refused when it comes back', async () => {
    const { server, ada, bob } = newParty();
    const [router, recorder] = await bind(server);
    const [, atAda] = await connectTo(router, ada, 'me');
    const [, atBob] = await connectTo(router, bob, 'you');
    await expectSoon(() => recorder.greetings.toSorted()).toEqual(['me', 'you']);
    server.revoke('ada');
    await expectSoon(() => atAda.links).toEqual(['up', 'down']);
    await expectSoon(() => atAda.errors[0]).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(ALLOWED),
    });
    expect(recorder.errors[0]?.message).toBe(
      'a peer at 127.0.0.1 is refused: its public key is not allowed any more',
    );
    expect(atBob.links).toEqual(['up']);
    expect(router.peerOf(Buffer.from('me'))).toBeUndefined();
  });

  it('is not let in by a decision that was under way', async () => {
    const { server, ada } = newParty();
    const [router, recorder] = await bind(server);
    let resolve = (): void => undefined;
    const promise = new Promise<void>((done) => (resolve = done));
    let isAsked = false;
    server.answering = () => {
      isAsked = true;
      return promise;
    };
    const [, atAda] = await connectTo(router, ada, 'me');
    await expectSoon(() => isAsked).toBe(true);
    server.revoke('ada');
    resolve();
    await expectSoon(() => atAda.errors[0]?.code).toBe('UNAUTHENTICATED');
    expect([atAda.links, recorder.messages]).toEqual([[], []]);
  });

  it('keeps its links while it cannot be authorized', async () => {
    const { server, ada, bob } = newParty();
    const [router, recorder] = await bind(server);
    const [, atAda] = await connectTo(router, ada, 'me');
    await expectSoon(() => recorder.greetings).toEqual(['me']);
    server.answering = () => Promise.reject(new Error('the database is down'));
    server.revoke('ada');
    const [, atBob] = await connectTo(router, bob, 'you');
    await expectSoon(() => recorder.errors.length).toBe(1);
    expect([atAda.links, atBob.links]).toEqual([['up'], []]);
  });
});

describe('libzmq', () => {
  it.each([
    ['an unknown key', true],
    ['a wrong key of the server', false],
  ])('learns that it is refused with %s', async (_, isServerRight) => {
    const { server } = newParty();
    const [router] = await bind(server);
    const stranger = newKeys();
    const dealer = new Dealer({
      linger: 0,
      curvePublicKey: stranger.publicText,
      curveSecretKey: stranger.secretText,
      curveServerKey: isServerRight ? server.keys.publicText : newKeys().publicText,
    });
    onTestFinished(() => dealer.close());
    const { events } = dealer;
    dealer.connect(router.addresses[0] ?? '');
    let event = await events.receive();
    while (!event.type.startsWith('handshake')) {
      event = await events.receive();
    }
    expect(event).toMatchObject({ type: 'handshake:error:auth', error: { status: 400 } });
  });

  it('tells nothing of a wrong key, but this side knows what it may be', async () => {
    const { server, adaKeys } = newParty();
    const router = new Router({ linger: 0, curveServer: true });
    onTestFinished(() => router.close());
    router.curveSecretKey = server.keys.secretText;
    await router.bind(ANYWHERE);
    const [, recorder] = await openNode({
      type: 'dealer',
      connect: [router.lastEndpoint ?? ''],
      security: clientOf(newKeys(), adaKeys),
    });
    await expectSoon(() => recorder.errors[0]).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`the other side hangs up; ${SERVER_KEY}`),
    });
  });

  it('hangs up without security, and this side knows what it may be', async () => {
    const router = new Router({ linger: 0 });
    onTestFinished(() => router.close());
    await router.bind(ANYWHERE);
    const [, recorder] = await openNode({
      type: 'dealer',
      connect: [router.lastEndpoint ?? ''],
      security: newParty().ada,
    });
    await expectSoon(() => recorder.errors[0]).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('the other side hangs up; has that server security?'),
    });
  });

  it('lets in or refuses by ZAP', async () => {
    const { server, ada, bob, adaKeys } = newParty();
    const zap = new Router({ linger: 0 });
    onTestFinished(() => zap.close());
    await zap.bind('inproc://zeromq.zap.01');
    void (async () => {
      for (;;) {
        const [path, delimiter, version, request, , , , , key] = await zap.receive();
        const status = key?.equals(adaKeys.publicKey) ? '200' : '400';
        await zap.send([path!, delimiter!, version!, request!, status, '', '', '']);
      }
    })().catch(() => undefined);
    const router = new Router({ linger: 0, curveServer: true, zapDomain: 'test' });
    onTestFinished(() => router.close());
    router.curveSecretKey = server.keys.secretText;
    await router.bind(ANYWHERE);
    const connect = [router.lastEndpoint ?? ''];
    const [, atAda] = await openNode({ type: 'dealer', connect, security: ada });
    const [, atBob] = await openNode({ type: 'dealer', connect, security: bob });
    await expectSoon(() => atAda.links).toEqual(['up']);
    await expectSoon(() => atBob.errors[0]?.code).toBe('UNAUTHENTICATED');
  });
});
