import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { describePython, PythonPeer, type PeerMode } from './python-peer.js';

/** Frames are in hex. */
interface Vectors {
  readonly request: readonly {
    readonly name: string;
    readonly message_id: number;
    readonly method: string;
    readonly python_args?: string;
    readonly wire_frames: readonly string[];
  }[];
  readonly notification_dealer: readonly {
    readonly name: string;
    readonly method: string;
    readonly wire_frames: readonly string[];
  }[];
  readonly response_ok: readonly Response[];
  readonly response_error: readonly Response[];
  readonly router: readonly {
    readonly name: string;
    readonly client_dealer_sends?: readonly string[];
    readonly service_dealer_receives?: readonly string[];
    readonly service_dealer_sends?: readonly string[];
    readonly client_dealer_receives?: readonly string[];
  }[];
  readonly pub: readonly {
    readonly name: string;
    readonly method?: string;
    readonly address?: string | null;
    readonly wire_frames?: readonly string[];
  }[];
  readonly probe_router_greeting: { readonly router_sees: readonly string[] };
}

interface Response {
  readonly name: string;
  readonly request_hex: string;
  readonly wire_frames: readonly string[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors.json', import.meta.url), 'utf8'),
) as Vectors;

const ANYWHERE = 'tcp://127.0.0.1:*';
const CLIENT = hex('client');

describePython('The Python peer', () => {
  it('greets, and requests as the original does', async () => {
    const { router, peer: client } = await beforeRouter('client', 'client');
    expect(await router.next()).toEqual({ frames: vectors.probe_router_greeting.router_sees });

    for (const { name, method, message_id: id, wire_frames: frames } of vectors.request) {
      const [address, payload] = pair(frames);
      const prefix = `8400${head(0, id)}${text(method)}`;
      expect(payload.startsWith(prefix), name).toBe(true);

      const reply = client.request({
        op: 'call',
        address: unhex(address),
        method,
        args: payload.slice(prefix.length),
        request_id: id,
      });
      expect(await router.next(), name).toEqual({ frames: [CLIENT, address, payload] });
      await router.request({ op: 'send', frames: [CLIENT, address, `8401${head(0, id)}f618ff`] });
      expect(await reply, name).toMatchObject({
        ok: true,
        result: '18ff',
        type: 'int',
        repr: '255',
      });
    }
  });

  it('requests with values of its own as the original does', async () => {
    const { router, peer: client } = await beforeRouter('client', 'client');
    await router.next();
    const { values = {} } = await client.request({ op: 'values' });
    const byRepr = new Map(Object.entries(values).map(([name, { repr }]) => [`(${repr},)`, name]));

    for (const { name: vector, python_args, wire_frames: frames } of vectors.request) {
      if (!python_args || python_args === '()') {
        continue;
      }
      const [address, payload] = pair(frames);
      const name = byRepr.get(python_args) ?? `no value for ${vector}`;
      const reply = client.request({
        op: 'call_value',
        address: unhex(address),
        method: 'echo',
        name,
        request_id: 7,
      });
      expect(await router.next(), vector).toEqual({ frames: [CLIENT, address, payload] });
      const answer = payload.replace('840007646563686f81', '840107f6');
      await router.request({ op: 'send', frames: [CLIENT, address, answer] });
      expect(await reply, vector).toMatchObject({ ok: true, sent_repr: values[name]?.repr });
    }
  });

  it('notifies as the original does', async () => {
    const { router, peer: client } = await beforeRouter('client', 'client');
    await router.next();

    for (const { name, method, wire_frames: frames } of vectors.notification_dealer) {
      const [address, payload] = pair(frames);
      const args = payload.slice(`8302${text(method)}`.length);
      await client.request({ op: 'notify', address: unhex(address), method, args });
      expect(await router.next(), name).toEqual({ frames: [CLIENT, address, payload] });
    }
  });

  it('responds as the original does', async () => {
    const { router } = await beforeRouter('service', 'svc', '--timeout', '0.2');
    expect(await router.next()).toEqual({ frames: [hex('svc'), ''] });

    for (const { name, request_hex: request, wire_frames: frames } of [
      ...vectors.response_ok,
      ...vectors.response_error,
    ]) {
      await router.request({ op: 'send', frames: [hex('svc'), pair(frames)[0], request] });
      expect(await router.next(), name).toEqual({ frames: [hex('svc'), ...frames] });
    }
  });

  it('takes malformed and unexpected messages as the original does', async () => {
    const { router, peer: service } = await beforeRouter('service', 'svc');
    await router.next();
    const send = (payload: string) =>
      router.request({ op: 'send', frames: [hex('svc'), CLIENT, payload] });

    await send('1c'); // no CBOR
    await send(''); // nothing
    await send('8403070001'); // an unknown type
    await send('83000763616464'); // too short
    await send('840107f603'); // a response
    await send(`8302${text('note')}8101`);
    expect(await service.next()).toEqual({ event: 'note', args: '8101' });
    expect(await service.request({ op: 'notes' })).toMatchObject({ result: '818101' });

    await send(`840007${text('add')}820102a1006178ff`); // what follows is ignored
    expect(await router.next()).toEqual({ frames: [hex('svc'), CLIENT, '840107f603'] });

    await send('01'); // what is no array ends the only worker
    await service.logged('a worker died');
  });

  it('publishes as the original does', async () => {
    const sub = await start('raw-sub', '--bind', ANYWHERE);
    const pub = await start('pub', '--connect', sub.endpoint);
    await untilHeard(pub, sub);

    for (const { name, method = '', address, wire_frames: frames } of vectors.pub) {
      if (!frames) {
        expect(await pub.request({ op: 'notify', method }), name).toMatchObject({
          ok: false,
          type: 'RemoteCallError',
          message: 'must provide an address',
          context: 'a0',
        });
        continue;
      }
      const args = pair(frames)[1].slice(`8302${text(method)}`.length);
      await pub.request({
        op: 'notify',
        method,
        args,
        ...(address ? { address: unhex(address) } : {}),
      });
      expect(await nextBut('probe', sub), name).toEqual({ frames });
    }
  });

  it('subscribes as the original does, and reports by method', async () => {
    const pub = await start('raw-xpub', '--bind', ANYWHERE);
    const sub = await start('sub', '--connect', pub.endpoint, '--topic', 'info');
    expect(await pub.next()).toEqual({ frames: [`01${hex('info')}`] });
    await sub.request({ op: 'subscribe', topic: 'b' });
    expect(await pub.next()).toEqual({ frames: [`01${hex('b')}`] });
    await pub.request({ op: 'send', frames: [hex('b-topic'), `8302${text('method')}8101`] });
    expect(await sub.next()).toEqual({ event: 'method', args: '8101', topic: hex('b-topic') });
    await sub.request({ op: 'unsubscribe', topic: 'b' });
    expect(await pub.next()).toEqual({ frames: [`00${hex('b')}`] });

    await start('sub', '--connect', pub.endpoint);
    expect(await pub.next()).toEqual({ frames: ['01'] });
  });

  it('forwards as the original does', async () => {
    const router = await start('router', '--frontend', ANYWHERE, '--backend', ANYWHERE);
    const client = await start('raw-dealer', '--connect', router.frontend, '--identity', 'cli');
    expect(await router.next()).toEqual({
      event: 'greeting',
      side: 'frontend',
      identity: hex('cli'),
    });
    const service = await start('raw-dealer', '--connect', router.backend, '--identity', 'svc');
    expect(await router.next()).toEqual({
      event: 'greeting',
      side: 'backend',
      identity: hex('svc'),
    });

    await client.request({ op: 'send', frames: [hex('svc'), '01', 'a0'] }); // not two frames
    await client.request({ op: 'send', frames: [hex('cli'), '01'] }); // to itself
    await client.request({ op: 'send', frames: [hex('nobody'), '01'] });
    for (const vector of vectors.router) {
      if (vector.client_dealer_sends) {
        await client.request({ op: 'send', frames: vector.client_dealer_sends });
        expect(await service.next(), vector.name).toEqual({
          frames: vector.service_dealer_receives,
        });
      }
      if (vector.service_dealer_sends) {
        await service.request({ op: 'send', frames: vector.service_dealer_sends });
        expect(await client.next(), vector.name).toEqual({ frames: vector.client_dealer_receives });
      }
    }
  });

  it('accepts responses to a client from the same senders as the original', async () => {
    const { router, peer: client } = await beforeRouter('client', 'client');
    await router.next();
    const call = (id: number) =>
      client.request({ op: 'call', address: 'svc', method: 'm', request_id: id });
    const answer = (sender: string, payload: string) =>
      router.request({ op: 'send', frames: [CLIENT, hex(sender), payload] });

    const [first, second] = [call(1), call(2)];
    await answer('svc', '840103f601'); // nobody waits for it
    await answer('svc', '8302616d80'); // not for clients
    await answer('stranger', '840102f602'); // the id is what counts
    expect(await second).toMatchObject({ ok: true, result: '02' });
    await answer('svc', `84010182${text('no')}a1616101f6`);
    expect(await first).toMatchObject({
      ok: false,
      type: 'RemoteCallError',
      message: 'no',
      context: 'a1616101',
    });
    expect(
      await client.request({ op: 'call', address: 'svc', method: 'm', timeout: 0.01 }),
    ).toMatchObject({ ok: false, type: 'TimeoutError' });
    expect(await client.request({ op: 'call', method: 'm' })).toMatchObject({
      ok: false,
      message: 'must provide an address',
    });
  });

  it.each([
    ['a bound DEALER', ANYWHERE, { address: '-' }],
    ['UDP', 'udp://127.0.0.1:0', {}],
  ])('calls itself over %s, and gets its own values back', async (_, where, to) => {
    const service = await start('service', '--bind', where);
    const client = await start('client', '--connect', service.endpoint);
    const { values = {} } = await client.request({ op: 'values' });

    const changed: string[] = [];
    for (const name of Object.keys(values).filter((each) => !each.endsWith('64k'))) {
      const { ok, equal } = await client.request({
        op: 'call_value',
        method: 'echo',
        name,
        ...to,
      });
      expect(ok, name).toBe(true);
      if (!equal) {
        changed.push(name);
      }
    }
    expect(changed).toEqual(['bytearray', 'tuple', 'frozenset', 'decimal_nan', 'decimal_inf']);
  });

  it('runs as many calls at once as it has workers', async () => {
    const service = await start('service', '--bind', ANYWHERE, '--concurrency', '2');
    const client = await start('client', '--connect', service.endpoint);
    const sleep = client.request({ op: 'call', address: '-', method: 'sleep', args: '811903e8' });
    const add = client.request({ op: 'call', address: '-', method: 'add', args: '820102' });
    expect(await add).toMatchObject({ ok: true, result: '03' });
    await Promise.all([expect(sleep).rejects.toThrow(/"client" ended with 0/), client.stop()]);
  });

  it('reports its end to everything that waits', async () => {
    await expect(PythonPeer.start('client', ['--connect', 'nonsense'])).rejects.toThrow(/ZMQError/);

    const service = await start('service', '--bind', ANYWHERE);
    await Promise.all([
      expect(service.next()).rejects.toThrow(/"service" ended with SIGKILL/),
      service.kill(),
    ]);
    await expect(service.request({ op: 'notes' })).rejects.toThrow(/SIGKILL/);

    const closed = await start('service', '--bind', ANYWHERE);
    expect(await closed.request({ op: 'close' })).toMatchObject({ ok: true });
    for await (const event of closed) {
      expect.unreachable(JSON.stringify(event));
    }
  });
});

/** Start a peer that ends with the test. */
async function start(mode: PeerMode, ...args: string[]): Promise<PythonPeer> {
  const peer = await PythonPeer.start(mode, args);
  onTestFinished(() => peer.stop());
  return peer;
}

/** Start a recording router, and a peer that connects to it. */
async function beforeRouter(mode: PeerMode, identity: string, ...args: string[]) {
  const router = await start('raw-router', '--bind', ANYWHERE);
  const connect = ['--connect', router.endpoint, '--identity', identity];
  return { router, peer: await start(mode, ...connect, ...args) };
}

/** Publish until a subscriber hears it: nothing else shows that a subscription has arrived. */
async function untilHeard(pub: PythonPeer, sub: PythonPeer): Promise<void> {
  let heard = false;
  const first = sub.next().then(() => {
    heard = true;
  });
  while (!heard) {
    await pub.request({ op: 'notify', method: 'probe' });
  }
  await first;
}

/** The next event with another topic. */
async function nextBut(topic: string, sub: PythonPeer) {
  for (;;) {
    const event = await sub.next();
    if (event.frames?.[0] !== hex(topic)) {
      return event;
    }
  }
}

/** The two frames that every message of the protocol has. */
function pair(frames: readonly string[]): readonly [string, string] {
  const [address, payload, ...rest] = frames;
  if (address === undefined || payload === undefined || rest.length > 0) {
    throw new Error(`not two frames: ${frames.join(' ')}`);
  }
  return [address, payload];
}

function hex(value: string): string {
  return Buffer.from(value).toString('hex');
}

function unhex(value: string): string {
  return Buffer.from(value, 'hex').toString();
}

/** A CBOR text string, in hex. */
function text(value: string): string {
  return head(3, Buffer.byteLength(value)) + hex(value);
}

/** The head of a CBOR item, in hex. */
function head(major: number, value: number): string {
  const initial = (info: number) => ((major << 5) | info).toString(16).padStart(2, '0');
  if (value < 24) {
    return initial(value);
  }
  const size = [1, 2, 4].find((bytes) => value < 256 ** bytes) ?? 8;
  return initial(24 + Math.log2(size)) + value.toString(16).padStart(2 * size, '0');
}
